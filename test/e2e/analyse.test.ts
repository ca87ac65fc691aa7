import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Analysis } from '../../schemas/analysis.ts';
import { createScene, remove, succeed, type Place } from './scene.ts';

const main = join(import.meta.dirname, '..', '..', 'services', 'main.ts');
const effect = '😱🤯 zoloft gave me horrible nightmares every single night';
const texts = ['lunch was nice', effect, 'watching the match "again" tonight', 'no product here, only rain'];

let place: Place;
beforeAll(async () => {
  place = await createScene();
});
afterAll(() => remove(place));

type Line = Partial<Analysis> & { readonly row?: number; readonly error?: string };
const linesOf = (stdout: string): Line[] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

/** Runs a command with chunks on its standard input, and reads how much memory it took before it ends. */
async function analysePiped(
  args: readonly string[],
  chunks: Iterable<string>,
  onChunk?: (pid: number, given: number) => void,
) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    cwd: place.folder,
    env: { PATH: process.env['PATH'], HOME: place.folder },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [stderr, head, lines] = ['', '', 0];
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdout.on('data', (data: Buffer) => {
    if (head.length < 1_000_000) head += data.toString('utf8');
    for (const byte of data) if (byte === 10) lines++;
  });
  const exit = once(child, 'close');
  let given = 0;
  const counted = function* (): Generator<string> {
    for (const chunk of chunks) {
      given += chunk.length;
      onChunk?.(child.pid ?? 0, given);
      yield chunk;
    }
  };
  await pipeline(Readable.from(counted()), child.stdin);
  const [status] = (await exit) as [number];
  return { status, stderr, head, lines };
}

describe('analyse', () => {
  test.each([
    [
      'NDJSON',
      'in.ndjson',
      texts.map((text, at) => JSON.stringify({ key: `k${at}`, body: text })).join('\n'),
    ],
    [
      'CSV',
      'in.csv',
      `key,body\r\n${texts.map((text, at) => `k${at},"${text.replaceAll('"', '""')}"`).join('\r\n')}`,
    ],
    ['TSV', 'in.tsv', `key\tbody\n${texts.map((text, at) => `k${at}\t${text}`).join('\n')}\n`],
  ])('%s: one line for each row, in order', async (_name, file, content) => {
    writeFileSync(join(place.folder, file), content);
    const { stdout, stderr } = await succeed(place, [
      'analyse',
      file,
      '--text-field',
      'body',
      '--id-field',
      'key',
    ]);
    const lines = linesOf(stdout);
    expect(lines.map(({ postId }) => postId)).toEqual(texts.map((_, at) => `file:k${at}`));
    expect(lines.map(({ gate }) => gate?.verdict)).toEqual(['refused', 'passed', 'refused', 'refused']);
    expect(stderr).toMatch(/^4 rows in .* posts\/s/m);
    const spans = lines[1]?.spans?.filter(({ label }) => label === 'effect') ?? [];
    expect(spans.length).toBeGreaterThan(0);
    for (const { start, end, startUtf16, endUtf16, text, terms } of spans) {
      expect(Array.from(effect).slice(start, end).join('')).toBe(text);
      expect(effect.slice(startUtf16, endUtf16)).toBe(text);
      expect(startUtf16).toBe(start + 2);
      expect(terms.length).toBeGreaterThan(0);
    }
    expect(lines[1]?.tasks?.['adverse_effect']?.label).toBe('yes');
  });

  test('standard input, bad rows in their places, every post, chosen tasks', async () => {
    const rows = [
      '{"text": "lunch was nice"}',
      'not json',
      JSON.stringify({ text: effect }),
      '{"words": 1}',
      '[]',
      '{"id": 7, "text": "rain"}',
    ];
    const { status, head, stderr } = await analysePiped(
      ['analyse', '-', '--no-gate', '--tasks', 'adverse_effect,spans'],
      [rows.join('\n')],
    );
    expect(status).toBe(0);
    const lines = linesOf(head);
    expect(lines.map(({ error }) => error)).toEqual([
      undefined,
      'not JSON',
      undefined,
      'no text in the field text',
      'not a JSON object',
      undefined,
    ]);
    expect(lines.flatMap(({ row }) => row ?? [])).toEqual([2, 4, 5]);
    for (const { gate, tasks } of lines.filter(({ error }) => error === undefined)) {
      expect(gate?.verdict).toBe('off');
      expect(Object.keys(tasks ?? {})).toEqual(['adverse_effect']);
    }
    expect(stderr).toMatch(/6 rows .* 3 could not be used/);
  });

  test('`--terminology open` is stronger than the settings', async () => {
    writeFileSync(join(place.folder, 'open.ndjson'), JSON.stringify({ id: 'own', text: effect }));
    writeFileSync(
      join(place.folder, 'own.csv'),
      'id,term,synonyms,class\n1,Nightmare,horrible nightmares,Sleep\n',
    );
    const other = ['--set', 'terminology.driver=csv', '--set', 'terminology.path=own.csv'];
    const [usual, own, open] = await Promise.all(
      [[], other, [...other, '--terminology', 'open']].map(async (args) => {
        const { stdout } = await succeed(place, ['analyse', 'open.ndjson', ...args]);
        return linesOf(stdout)[0];
      }),
    );
    expect(own?.versions?.terminology).toMatch(/^own\.csv@/);
    expect(open?.versions).toEqual(usual?.versions);
    expect(open?.postId).toBe('file:own');
  });

  test('CSV out has columns for sentence tasks only, each once', async () => {
    writeFileSync(join(place.folder, 'out.ndjson'), texts.map((text) => JSON.stringify({ text })).join('\n'));
    const { stdout } = await succeed(place, ['analyse', 'out.ndjson', '--format', 'csv']);
    const [header = '', ...rows] = stdout.split('\r\n').filter(Boolean);
    const columns = header.split(',');
    expect(new Set(columns).size).toBe(columns.length);
    expect(columns).toContain('adverse_effect_probability');
    expect(columns).not.toContain('spans_probability');
    expect(columns).not.toContain('term');
    expect(rows.length).toBe(texts.length);
  });

  test.skipIf(process.platform !== 'linux')('200 MB go through in constant memory', async () => {
    // Most of a record is what the platform says besides; the words are such that the gate refuses them.
    const words = 'we went for a long walk by the river and talked about the new bakery in town. '.repeat(8);
    const besides = 'x'.repeat(12_000);
    const row = (id: number): string => `${JSON.stringify({ id, besides, text: `${id} ${words}` })}\n`;
    const size = 200_000_000;
    const rows = Math.ceil(size / row(0).length);
    const memory = (pid: number, field: string): number =>
      Number(
        new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0,
      ) / 1024;
    let [early, late, next] = [0, 0, 0];
    const chunks = function* (): Generator<string> {
      let chunk = '';
      for (let id = 0; id < rows; id++) {
        chunk += row(id);
        if (chunk.length < 1 << 17) continue;
        yield chunk;
        chunk = '';
      }
      yield chunk;
    };
    const { status, lines } = await analysePiped(
      ['--set', 'infer.gate.sample=0', 'analyse', '-'],
      chunks(),
      (pid, given) => {
        if (given < next) return;
        next = given + 2_000_000;
        const now = memory(pid, 'VmRSS');
        if (given < 50_000_000) early = Math.max(early, now);
        else late = Math.max(late, now);
      },
    );
    expect([status, lines]).toEqual([0, rows]);
    expect(late).toBeLessThan(900);
    expect(late - early).toBeLessThan(150);
  });
});
