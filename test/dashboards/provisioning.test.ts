import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { accessFileOf, loadConfig, type Settings } from '../../services/config.ts';
import { databaseName } from '../../services/store/migrations.ts';
import { readerUser } from '../../services/store/endpoint/auth.ts';
import { pluginId } from '../../dashboards/grafana/query.ts';

const readText = (path: string): Promise<string> =>
  readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const read = async (path: string): Promise<unknown> => parse(await readText(path), { merge: true });

test.each([
  ['deploy/grafana/datasource.yml', 'vigilstream_reader', '$CLICKHOUSE_READER_PASSWORD'],
  ['deploy/grafana/datasource-embedded.yml', readerUser, '$VIGILSTREAM_READER_PASSWORD'],
])('%s is the data source that the dashboards choose first', async (path, username, password) => {
  expect(await read(path)).toMatchObject({
    apiVersion: 1,
    datasources: [
      {
        name: 'vigilstream',
        uid: 'vigilstream',
        type: pluginId,
        access: 'proxy',
        jsonData: { protocol: 'http', port: 8123, username, defaultDatabase: databaseName },
        secureJsonData: { password },
      },
    ],
  });
});

type Service = { command?: string[]; environment?: Record<string, string>; volumes?: string[] };
const services = async () =>
  ((await read('docker-compose.yml')) as { services: Record<string, Service> }).services;

/** The stages of the compose file as the image runs them: settings, and the folders that outlive the container. */
async function stages() {
  const image = Object.fromEntries(
    [...(await readText('Dockerfile')).matchAll(/(VIGILSTREAM_\w+)=(\S+)/g)].map((match) => match.slice(1)),
  ) as Record<string, string>;
  return Object.entries(await services()).flatMap(([name, { command, environment = {}, volumes = [] }]) => {
    if (command?.[0] !== 'run') return [];
    const own = Object.entries(environment).map(([key, value]) => [
      key,
      value.replace(/^\$\{\w+:-(.*)\}$/, '$1'),
    ]);
    const { settings } = loadConfig({ cwd: tmpdir(), env: { ...image, ...Object.fromEntries(own) } });
    const kept = volumes.map((volume) => volume.split(':')).filter(([from = '']) => /^\w+$/.test(from));
    return [{ name, run: command.slice(1), settings, volumes, kept: kept.map(([, folder]) => folder) }];
  });
}

test('what a stage of the compose file has to keep lies in a named volume', async () => {
  const keep = { ingest: (of: Settings) => of.privacy.keyFile, console: accessFileOf };
  for (const { name, settings, kept } of await stages()) {
    expect([name, kept]).toEqual([name, expect.arrayContaining([settings.dataDir])]);
    const file = keep[name as keyof typeof keep]?.(settings);
    if (file !== undefined) expect([name, kept]).toEqual([name, expect.arrayContaining([dirname(file)])]);
  }
});

test('the sources of the compose file are those of all who read, watch and show them', async () => {
  const all = await stages();
  const knowing = all.filter(({ run }) => run.some((stage) => /^(ingest|alert|console)$/.test(stage)));
  expect(knowing.map(({ name }) => name)).toEqual(['ingest', 'watch', 'console']);
  const [first] = knowing[0]?.settings.ingest.sources ?? [];
  if (first?.driver !== 'files') throw new Error('no files are read');
  for (const { settings } of knowing) expect(settings.ingest.sources).toEqual([first]);
  expect(knowing[0]?.volumes).toContain(`./input:${dirname(first.paths[0] ?? '')}:ro`);
});

test('Prometheus asks every stage of the compose file', async () => {
  const { scrape_configs: jobs } = (await read('deploy/prometheus/prometheus.yml')) as {
    scrape_configs: { dns_sd_configs?: { names: string[] }[]; static_configs?: { targets: string[] }[] }[];
  };
  const asked = jobs.flatMap(({ dns_sd_configs: names = [], static_configs: fixed = [] }) => [
    ...names.flatMap((one) => one.names),
    ...fixed.flatMap((one) => one.targets.map((target) => target.split(':')[0])),
  ]);
  expect(new Set(asked)).toEqual(new Set((await stages()).map(({ name }) => name)));
});

test('the dashboards lie where the provider and the compose file say', async () => {
  const provider = await read('deploy/grafana/dashboards.yml');
  expect(provider).toMatchObject({
    providers: [{ type: 'file', options: { path: '${VIGILSTREAM_DASHBOARDS}' } }],
  });
  const { environment = {}, volumes } = (await services())['grafana'] ?? {};
  expect(volumes).toContain(`./dashboards/json:${environment['VIGILSTREAM_DASHBOARDS']}:ro`);
  expect(volumes).toContain(
    './deploy/grafana/dashboards.yml:/etc/grafana/provisioning/dashboards/vigilstream.yml:ro',
  );
});
