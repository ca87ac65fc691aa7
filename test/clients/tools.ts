import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'vigilstream', 'clients');
const here = import.meta.dirname;

/** Whether a program is there; says in one line what is left out where it is not. */
export function has(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    if (process.env['CI_REQUIRE_CLIENTS'] === '1') {
      throw new Error(`${program} is missing, and CI_REQUIRE_CLIENTS=1 wants its clients tested`);
    }
    console.warn(`${program} is missing: the tests of its clients are left out`);
    return false;
  }
}

/** Builds the Go program with one version of the driver; modules and builds stay in Go's own caches. */
export async function buildGo(modules: 'go.mod' | 'grafana.mod'): Promise<string> {
  mkdirSync(cache, { recursive: true });
  const program = join(cache, modules.replace('.mod', ''));
  await run('go', ['build', '-modfile', modules, '-o', program, '.'], { cwd: join(here, 'go') });
  return program;
}

/** A Python with the packages of `requirements.txt`, made once. */
export async function python(): Promise<string> {
  const folder = join(cache, 'python');
  const program = join(folder, 'bin', 'python');
  if (!existsSync(program)) await run('python3', ['-m', 'venv', folder]);
  const requirements = join(here, 'python', 'requirements.txt');
  await run(program, ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', '-r', requirements]);
  return program;
}

/** Arguments of `java` that run the JDBC client; the driver comes from Maven Central once. */
export async function javaClient(): Promise<string[]> {
  const folder = join(cache, 'java');
  const pom = join(here, 'java', 'pom.xml');
  if (!existsSync(folder)) {
    await run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`]);
  }
  return ['-cp', join(folder, '*'), join(here, 'java', 'Client.java')];
}

/** Runs a client that prints one JSON document. */
export async function ask<T>(
  program: string,
  args: readonly string[],
  endpoint: { host: string; port: number; password: string },
): Promise<T> {
  const { stdout } = await run(program, args, {
    maxBuffer: 16_000_000,
    env: {
      ...process.env,
      ENDPOINT_ADDRESS: `${endpoint.host}:${endpoint.port}`,
      ENDPOINT_PASSWORD: endpoint.password,
    },
  });
  return JSON.parse(stdout) as T;
}
