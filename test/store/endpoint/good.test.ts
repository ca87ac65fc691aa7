import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { good, goodFormats } from './good.ts';
import { startEndpoint, type Running } from './harness.ts';

let endpoint: Running;
beforeAll(async () => {
  endpoint = await startEndpoint();
});
afterAll(() => endpoint.close());

describe('statements that a reader needs', () => {
  it.each(good.map(([name, sql, first]) => ({ name, sql, first })))('$name', async ({ sql, first }) => {
    const answer = await endpoint.ask(sql);
    expect(answer.status, answer.text).toBe(200);
    if (first !== undefined) expect(answer.text.split('\n')[0]).toBe(first);
    else expect(answer.text).not.toBe('');
  });
});

describe('formats', () => {
  it.each(goodFormats)('%s, in the statement and as the default', async (format, begins) => {
    const written = await endpoint.ask(`SELECT 1 AS a, 'x' AS b FORMAT ${format}`);
    expect(written.status, written.text).toBe(200);
    expect(written.headers.get('x-clickhouse-format')).toBe(format);
    if (typeof begins === 'string') expect(written.text.startsWith(begins), written.text).toBe(true);
    else expect(written.text).toMatch(begins);
    const byDefault = await endpoint.ask(`SELECT 1 AS a, 'x' AS b`, { default_format: format });
    expect(byDefault.status).toBe(200);
    expect(byDefault.text.slice(0, 3)).toBe(written.text.slice(0, 3));
  });
});
