import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { databaseName } from '../../services/store/migrations.ts';
import { readerUser } from '../../services/store/endpoint/auth.ts';
import { pluginId } from '../../dashboards/grafana/query.ts';

const read = async (path: string): Promise<unknown> =>
  parse(await readFile(new URL(`../../${path}`, import.meta.url), 'utf8'));

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

test('the dashboards lie where the provider and the compose file say', async () => {
  const provider = await read('deploy/grafana/dashboards.yml');
  expect(provider).toMatchObject({
    providers: [{ type: 'file', options: { path: '${VIGILSTREAM_DASHBOARDS}' } }],
  });
  const compose = (await read('docker-compose.yml')) as {
    services: { grafana: { environment: Record<string, string>; volumes: string[] } };
  };
  const { environment, volumes } = compose.services.grafana;
  expect(volumes).toContain(`./dashboards/json:${environment['VIGILSTREAM_DASHBOARDS']}:ro`);
  expect(volumes).toContain(
    './deploy/grafana/dashboards.yml:/etc/grafana/provisioning/dashboards/vigilstream.yml:ro',
  );
});
