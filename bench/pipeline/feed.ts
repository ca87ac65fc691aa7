/**
 * A writer that a followed file has: appends lines of X's stream at a steady rate, each with the moment of
 * its writing as its `created_at`. Usage: feed.ts FROM TO POSTS_PER_SECOND SECONDS
 */
import { appendFileSync, readFileSync } from 'node:fs';

const [from = '', to = '', rate = '3000', seconds = '60'] = process.argv.slice(2);
const stepMs = 50;
const total = Number(rate) * Number(seconds);
const lines = readFileSync(from, 'utf8').trimEnd().split('\n');
if (lines.length < total) throw new Error(`${from} has ${lines.length} lines, ${total} are needed`);

const began = performance.now();
let written = 0;
const step = (): void => {
  const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * Number(rate)));
  if (due > written) {
    const stamp = `"created_at":"${new Date().toISOString()}"`;
    const block = lines.slice(written, due).map((line) => line.replace(/"created_at":"[^"]*"/, stamp));
    appendFileSync(to, `${block.join('\n')}\n`);
    written = due;
  }
  if (written === total) clearInterval(timer);
};
const timer = setInterval(step, stepMs);
