import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { Command, InvalidArgumentError } from 'commander';
import { createChannel } from '../alert/channels/index.ts';
import { signatureOf } from '../alert/channels/webhook.ts';
import type { Message } from '../alert/channels/channel.ts';
import { systemResolve } from '../alert/safe-fetch.ts';
import { alertSettings } from '../config.ts';
import { systemClock } from '../shared/clock.ts';
import { VigilError } from '../shared/errors.ts';
import { randomId } from '../shared/ids.ts';
import { settingsOf, stopSignal } from './common.ts';
import { exitCodes } from './exit-codes.ts';

const toleranceSeconds = 300;
const mostBytes = 1_048_576;

const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError('a port is a whole number from 0 to 65535');
  }
  return port;
}

/**
 * Why a webhook is not to be believed, by Standard Webhooks 1.0.0; undefined where it is good.
 * @param now seconds since 1970.
 */
export function refusalOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string,
  secret: string,
  now: number,
): string | undefined {
  const [id, time, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => {
    const value = headers[name];
    return typeof value === 'string' ? value : '';
  });
  if (!id || !time || !signatures) return 'a header of Standard Webhooks is missing';
  if (!/^\d{1,12}$/.test(time) || Math.abs(now - Number(time)) > toleranceSeconds) {
    return 'the timestamp is more than five minutes away';
  }
  const wanted = Buffer.from(signatureOf(secret, id, Number(time), body));
  const isSigned = signatures.split(' ').some((one) => {
    const given = Buffer.from(one);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
  return isSigned ? undefined : 'the signature is not of this secret';
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > mostBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** What came, in a few lines; control characters are left out, so that no message can steer the terminal. */
function shown(body: string): string {
  let data: Partial<Message>;
  try {
    data = (JSON.parse(body) as { data?: Partial<Message> }).data ?? {};
  } catch {
    return '(no JSON)';
  }
  const clean = (value: unknown): string =>
    typeof value === 'string' || typeof value === 'number' ? String(value).replaceAll(/\p{Cc}/gu, ' ') : '';
  const rounded = (value: unknown): string =>
    typeof value === 'number' ? String(Number(value.toFixed(2))) : '';
  const examples = Array.isArray(data.examples)
    ? data.examples.map((one: { id?: unknown } | null) => clean(one?.id))
    : [];
  return [
    `[${clean(data.severity)}] ${clean(data.title)}`,
    `  ${clean(data.summary)}`,
    `  people ${clean(data.people)}${data.posts ? `, posts ${clean(data.posts)}` : ''}, ${clean(data.statistic)} ${rounded(data.value)}`,
    `  ${clean(data.link)}`,
    ...(examples.length > 0 ? [`  examples: ${examples.join(' ')}`] : []),
  ].join('\n');
}

async function listenForHooks(
  port: number,
  host: string,
  secret: string,
  signal: AbortSignal,
): Promise<void> {
  const seen = new Set<string>();
  const print = (text: string): void => void process.stdout.write(`${text}\n`);
  const server = createServer((request, response) => {
    const answer = (status: number): void => void response.writeHead(status).end();
    bodyOf(request).then(
      (body) => {
        if (request.method !== 'POST') return answer(405);
        if (body === undefined) return answer(413);
        const refusal = refusalOf(request.headers, body, secret, Date.now() / 1000);
        if (refusal !== undefined) {
          print(`refused: ${refusal}`);
          return answer(401);
        }
        const id = String(request.headers['webhook-id']).replaceAll(/\p{Cc}/gu, ' ');
        print(`${new Date().toISOString()} ${id}${seen.has(id) ? ' (again)' : ''}\n${shown(body)}\n`);
        seen.add(id);
        return answer(204);
      },
      () => response.destroy(),
    );
  });
  server.requestTimeout = 30_000;
  await new Promise<void>((settle, fail) => {
    server.once('error', () =>
      fail(
        new VigilError('HOOKS_PORT', `port ${port} of ${host} cannot be opened: choose another with --port`),
      ),
    );
    server.listen(port, host, settle);
  });
  const address = server.address();
  const at = typeof address === 'object' && address ? address.port : port;
  print(`listening on http://${host}:${at} (Ctrl-C stops). For vigilstream.yaml:

alert:
  channels:
    - { driver: webhook, name: local, url: 'http://${host}:${at}/', secret: '${secret}', allowPrivate: true }
`);
  await new Promise<void>((settle) => {
    const stop = (): void => {
      server.closeAllConnections();
      server.close(() => settle());
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

function testMessage(consoleUrl: string): Message {
  const now = Date.now();
  return {
    id: `test_${randomId()}`,
    rule: 'test',
    kind: 'test',
    severity: 'info',
    title: 'Test of a channel',
    summary: 'This message was sent by hand to see whether the channel works; nothing has happened.',
    at: now,
    from: now,
    to: now,
    product: null,
    term: null,
    source: null,
    people: 0,
    posts: 0,
    statistic: 'none',
    value: 0,
    link: consoleUrl,
    examples: [],
  };
}

/** `vigilstream hooks listen|test|secret`. */
export function hooksCommand(): Command {
  const hooks = new Command('hooks').description('receive alerts, or try the channels that send them');
  hooks
    .command('listen')
    .description('print the webhooks that come in, after checking their signatures')
    .option('--port <number>', 'port to listen on; 0 takes any free one', portOf, 9099)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--secret <whsec>', 'key of the signatures; without it a new one is made and shown')
    .action(async ({ port, host, secret = newSecret() }: { port: number; host: string; secret?: string }) =>
      listenForHooks(port, host, secret, stopSignal()),
    );
  hooks
    .command('secret')
    .description('print a new key for the signatures of webhooks')
    .action(() => void process.stdout.write(`${newSecret()}\n`));
  hooks
    .command('test')
    .description('send a test message on a configured channel; exit 1 when it was not taken')
    .argument('<channel>', 'name of the channel')
    .action(async (name: string, _options, command: Command) => {
      const alert = alertSettings(settingsOf(command).settings);
      const config = alert.channels.find((one) => one.name === name);
      if (!config) {
        const known = alert.channels.map((one) => one.name).join(', ') || 'none is configured';
        throw new VigilError('USAGE_CHANNEL', `there is no channel ${name}; known: ${known}`);
      }
      const channel = createChannel(config, { clock: systemClock, resolve: systemResolve });
      const result = await channel.send(testMessage(alert.consoleUrl), stopSignal());
      const why = result.outcome === 'failed' ? `: ${result.reason}` : '';
      process.stdout.write(
        `${name}: ${result.outcome}${why}${result.status > 0 ? ` (${result.status})` : ''}\n`,
      );
      if (result.outcome !== 'delivered') process.exitCode = exitCodes.failed;
    });
  return hooks;
}
