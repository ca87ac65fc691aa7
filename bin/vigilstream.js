#!/usr/bin/env node
// Starts vigilstream on the Node.js that `npm install` brought, whatever Node.js runs this file.
// UV_THREADPOOL_SIZE has to be in the environment before that process starts: queries of the embedded
// database and the model share libuv's pool, and with its default of 4 long queries hold up everything.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bundled = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
const [major, minor] = process.versions.node.split('.').map(Number);
const own = major > 24 || (major === 24 && minor >= 6);
if (!existsSync(bundled) && !own) {
  process.stderr.write('vigilstream: its own Node.js is missing: run `npm install` in ' + root + '\n');
  process.exit(70);
}

// A larger nursery lets what waits between two stages die young instead of filling the old heap, and two
// arenas keep glibc from holding freed memory for every thread of the pool: together some 100 MB less.
const flags = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=32'];
const child = spawn(
  existsSync(bundled) ? bundled : process.execPath,
  [...flags, join(root, 'services', 'main.ts'), ...process.argv.slice(2)],
  { stdio: 'inherit', env: { UV_THREADPOOL_SIZE: '16', MALLOC_ARENA_MAX: '2', ...process.env } },
);
// A terminal sends its signals to the child as well; sending SIGINT on would count as pressing twice.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', () => {
  process.stderr.write('vigilstream: cannot start ' + bundled + ': run `npm install` again\n');
  process.exit(70);
});
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGKILL' ? 137 : 143)));
