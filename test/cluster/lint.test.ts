import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'cluster-lint-'));
const binary = join(folder, 'lint');
const passwords = { CLICKHOUSE_PASSWORD: 'a', CLICKHOUSE_READER_PASSWORD: 'b', GRAFANA_PASSWORD: 'c' };

const lint = (files: string[], env: Record<string, string> = passwords) => {
  const { status, stdout } = spawnSync(binary, files, {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
  });
  return { status, stdout };
};

beforeAll(() => {
  execFileSync('go', ['build', '-o', binary, '.'], {
    cwd: join(import.meta.dirname, 'lint'),
    stdio: 'inherit',
  });
});

test('the compose file and both Dockerfiles pass the specification and the rules', () => {
  expect(lint(['docker-compose.yml', 'Dockerfile', 'Dockerfile.gpu'])).toEqual({
    status: 0,
    stdout: 'no problem found\n',
  });
});

test('nothing starts with a default password', () => {
  const { status, stdout } = lint(['docker-compose.yml'], {});
  expect(status).toBe(1);
  for (const name of Object.keys(passwords))
    expect(stdout).toContain(`required variable ${name} is missing a value`);
});

test('the check sees what is wrong', () => {
  const compose = join(folder, 'compose.yml');
  writeFileSync(compose, readFileSync('docker-compose.yml', 'utf8').replace('healthcheck:', 'helthcheck:'));
  const dockerfile = join(folder, 'Dockerfile');
  writeFileSync(dockerfile, 'FROM debian:bookworm AS Build\nCOPI a b\n');
  const { status, stdout } = lint([compose, dockerfile]);
  expect(status).toBe(1);
  expect(stdout).toMatch(/helthcheck/);
  expect(stdout).toMatch(/unknown instruction: COPI/);
});

test('every published port stays on this machine and every image has a version', () => {
  const text = readFileSync('docker-compose.yml', 'utf8');
  const ports = [...text.matchAll(/"([^"]*:)?\d+:\d+"/g)].map((match) => match[0]);
  expect(ports.length).toBeGreaterThan(3);
  for (const port of ports) expect(port).toMatch(/^"127\.0\.0\.1:/);
  for (const [, image] of text.matchAll(/image: (\S+)/g)) expect(image).toMatch(/:v?\d+\.\d+/);
});
