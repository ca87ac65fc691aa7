import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { createChannel } from '../../services/alert/channels/index.ts';
import { systemResolve } from '../../services/alert/safe-fetch.ts';
import { refusalOf } from '../../services/cli/hooks.ts';
import { systemClock } from '../../services/shared/clock.ts';
import { sampleMessage } from '../contract/channel.ts';
import { configOf, secret, webhookTo } from './world.ts';

const body = '{"type":"alert.fired"}';
const now = 1_800_000_000;
const signed = {
  'webhook-id': 'al_1',
  'webhook-timestamp': String(now),
  'webhook-signature': new Webhook(secret).sign('al_1', new Date(now * 1000), body),
};

test.each([
  ['what the reference library signs', {}, body, undefined],
  [
    'one good signature among others',
    { 'webhook-signature': `v1,AAAA v2,x ${signed['webhook-signature']}` },
    body,
    undefined,
  ],
  ['another body', {}, `${body} `, /signature/],
  ['another id', { 'webhook-id': 'al_2' }, body, /signature/],
  ['another time', { 'webhook-timestamp': String(now + 1) }, body, /signature/],
  ['an old one', { 'webhook-timestamp': String(now - 301) }, body, /five minutes/],
  ['a time that is none', { 'webhook-timestamp': '1e9' }, body, /five minutes/],
  ['no signature', { 'webhook-signature': undefined }, body, /missing/],
  ['two headers of a name', { 'webhook-id': ['al_1', 'al_1'] }, body, /missing/],
])('%s', (_what, headers, text, expected) => {
  const refusal = refusalOf({ ...signed, ...headers }, text, secret, now);
  if (expected === undefined) expect(refusal).toBeUndefined();
  else expect(refusal).toMatch(expected);
});

test('hooks listen prints what comes in with a good signature, and nothing else', async () => {
  const module = new URL('../../services/cli/hooks.ts', import.meta.url).href;
  const script = `const { hooksCommand } = await import(${JSON.stringify(module)});
    await hooksCommand().parseAsync(['listen', '--port', '0', '--secret', ${JSON.stringify(secret)}], { from: 'user' });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  const shows = async (pattern: RegExp): Promise<RegExpMatchArray> => {
    for (let tries = 0; tries < 400; tries++) {
      const found = pattern.exec(out);
      if (found) return found;
      await systemClock.sleep(25);
    }
    throw new Error('it printed nothing of the kind');
  };
  const [, url = ''] = await shows(/listening on (http:\S+)/);
  const [config] = configOf({ channels: [webhookTo('a', url)] }).channels;
  if (!config) throw new Error('no channel');
  const channel = createChannel(config, { clock: systemClock, resolve: systemResolve });
  const never = new AbortController().signal;
  const message = { ...sampleMessage, title: 'Title\u001B[2J' };
  expect(await channel.send(message, never)).toEqual({ outcome: 'delivered', status: 204 });
  await shows(/\[warning\] Title \[2J\n.*12 people[^]*examples: forum:1 forum:2/);
  await channel.send(message, never);
  await shows(/\(again\)/);

  const forged = await fetch(url, { method: 'POST', body, headers: { 'webhook-id': 'x' } });
  expect(forged.status).toBe(401);
  const large = await fetch(url, { method: 'POST', body: 'x'.repeat(10_000_000) }).then(
    ({ status }) => status,
    () => 413,
  );
  expect(large).toBe(413);
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(0);
});
