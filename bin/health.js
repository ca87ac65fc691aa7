#!/usr/bin/env node
// Asks the health address of the process in this container: the stage's own port, or the page's.
import { argv, env, exit } from 'node:process';

const port = argv[2] ?? env.VIGILSTREAM_MONITOR_PORT ?? env.VIGILSTREAM_CONSOLE_PORT ?? '8080';
try {
  const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(2500) });
  exit(answer.ok ? 0 : 1);
} catch {
  exit(1);
}
