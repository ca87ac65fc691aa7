import pino from 'pino';

export type Logger = pino.Logger;
export type LogFormat = 'auto' | 'pretty' | 'json';

const colours: Record<number, string> = {
  20: '\u001B[90m',
  30: '\u001B[36m',
  40: '\u001B[33m',
  50: '\u001B[31m',
  60: '\u001B[31m',
};
const names: Record<number, string> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

/** One readable line of a pino record: time, level, event, fields. */
export function prettyLine(json: string, colour: boolean): string {
  const {
    level,
    time,
    msg,
    stage,
    pid: _pid,
    hostname: _host,
    ...fields
  } = JSON.parse(json) as Record<string, unknown>;
  const number = Number(level);
  const clock = new Date(Number(time)).toISOString().slice(11, 19);
  const paint = colour ? (colours[number] ?? '') : '';
  const plain = colour ? '\u001B[0m' : '';
  const rest = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const who = typeof stage === 'string' ? `${stage}: ` : '';
  const event = typeof msg === 'string' ? msg : '';
  return `${clock} ${paint}${(names[number] ?? '').padEnd(5)}${plain} ${who}${event}${rest.length > 0 ? ` (${rest.join(', ')})` : ''}\n`;
}

/**
 * The process's logger, on standard error. Field values are counts, names of parts, ids and codes;
 * never the text of a post or the name of an author.
 */
export function createLogger(options: {
  level: string;
  format: LogFormat;
  stream?: NodeJS.WritableStream & { isTTY?: boolean };
}): Logger {
  const stream = options.stream ?? process.stderr;
  const pretty = options.format === 'pretty' || (options.format === 'auto' && stream.isTTY === true);
  const destination = pretty
    ? { write: (line: string) => void stream.write(prettyLine(line, stream.isTTY === true)) }
    : { write: (line: string) => void stream.write(line) };
  return pino({ level: options.level, base: null }, destination);
}
