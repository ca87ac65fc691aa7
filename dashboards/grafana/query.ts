import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';

export const pluginId = 'grafana-clickhouse-datasource';
/** The dashboards ask whatever data source of the plugin is chosen on them. */
export const datasource = { type: pluginId, uid: '${datasource}' };

/** A target of the plugin: https://github.com/grafana/clickhouse-datasource, src/types/sql.ts */
export type ClickhouseQuery = Dataquery & {
  readonly refId: string;
  readonly datasource: typeof datasource;
  readonly editorType: 'sql';
  readonly rawSql: string;
  readonly queryType: 'timeseries' | 'table';
  /** 0: time series, 1: table */
  readonly format: 0 | 1;
};

/** The plugin's query, which the SDK does not have. */
export function clickhouseQuery(
  sql: string,
  shape: ClickhouseQuery['queryType'],
  refId = 'A',
): Builder<Dataquery> {
  const query: ClickhouseQuery = {
    refId,
    datasource,
    editorType: 'sql',
    rawSql: sql.trim(),
    queryType: shape,
    format: shape === 'timeseries' ? 0 : 1,
    _implementsDataqueryVariant: () => undefined,
  };
  return { build: () => query };
}
