import { stderr, stdout } from 'node:process';

const frames = 24;

export type Progress = {
  /** Shows where the work stands; `total` of 0 means that the end is not known. */
  update(done: number, total: number, note?: string): void;
  /** Removes the bar, so that the result stands alone. */
  end(): void;
};

/** A progress bar on standard error: at most ten times a second on a terminal, silent elsewhere. */
export function createProgress(title: string, enabled = stderr.isTTY): Progress {
  const started = performance.now();
  let drawn = 0;
  return {
    update(done, total, note = '') {
      const now = performance.now();
      if (!enabled || (now - drawn < 100 && done !== total)) return;
      drawn = now;
      const share = total > 0 ? Math.min(1, done / total) : 0;
      const bar = '█'.repeat(Math.round(share * frames)).padEnd(frames, '░');
      const left = share > 0.01 && share < 1 ? ` ${clock(((now - started) * (1 - share)) / share)} left` : '';
      const where = total > 0 ? `${bar} ${Math.floor(share * 100)} %${left}` : clock(now - started);
      stderr.write(`\r\u001B[K${title} ${where}${note ? `  ${note}` : ''}`);
    },
    end() {
      if (enabled && drawn > 0) stderr.write('\r\u001B[K');
    },
  };
}

function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Prints rows under a head, columns aligned, numbers to the right. */
export function printTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const text = [head, ...rows].map((row) =>
    row.map((value) => (typeof value === 'number' ? value.toLocaleString('en') : value)),
  );
  const widths = head.map((_, column) => Math.max(...text.map((row) => (row[column] ?? '').length)));
  for (const [index, row] of text.entries()) {
    const cells = row.map((value, column) => {
      const right =
        typeof rows[index - 1]?.[column] === 'number' ||
        (index === 0 && typeof rows[0]?.[column] === 'number');
      return right ? value.padStart(widths[column] ?? 0) : value.padEnd(widths[column] ?? 0);
    });
    stdout.write(`${cells.join('  ').trimEnd()}\n`);
  }
}

/** Prints one JSON document. */
export function printJson(value: unknown): void {
  stdout.write(`${JSON.stringify(value)}\n`);
}
