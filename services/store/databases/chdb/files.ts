/** Tables outside our database that the role `reader` may read; clients ask for them when they connect. */
export const readerSystemTables = ['one', 'numbers', 'databases', 'tables', 'columns'] as const;

export type EngineFiles = {
  /** The database that the role `reader` may read. */
  readonly database: string;
  readonly memoryBytes: number;
  readonly threads: number;
  /** Absolute path of the folder that holds everything of the engine. */
  readonly path: string;
};

function xml(text: string | number): string {
  return String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * The server part of the engine's configuration. What is set here holds for every connection and cannot be
 * changed by a statement: memory, paths, and that an acknowledged insert survives a power cut.
 */
export function configXml({ path, memoryBytes }: EngineFiles): string {
  return `<clickhouse>
  <logger><level>none</level></logger>
  <max_server_memory_usage>${memoryBytes}</max_server_memory_usage>
  <mark_cache_size>${Math.min(64 * 1024 * 1024, Math.floor(memoryBytes / 16))}</mark_cache_size>
  <index_mark_cache_size>0</index_mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <user_files_path>${xml(path)}/files/</user_files_path>
  <format_schema_path>${xml(path)}/schemas/</format_schema_path>
  <users_config>${xml(path)}/users.xml</users_config>
  <background_pool_size>2</background_pool_size>
  <background_schedule_pool_size>2</background_schedule_pool_size>
  <background_fetches_pool_size>1</background_fetches_pool_size>
  <merge_tree>
    <fsync_after_insert>1</fsync_after_insert>
    <fsync_part_directory>1</fsync_part_directory>
    <min_parts_to_merge_at_once>8</min_parts_to_merge_at_once>
    <min_rows_to_fsync_after_merge>1</min_rows_to_fsync_after_merge>
    <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
  </merge_tree>
</clickhouse>
`;
}

/**
 * Roles of the engine. A connection begins as `default`, which holds both roles; `SET ROLE reader` leaves it
 * only the tables named here, which is what closes the table functions (file, url, s3, executable ...).
 */
export function usersXml({ database, threads }: EngineFiles): string {
  const grants = [
    `GRANT SELECT, SHOW TABLES, SHOW COLUMNS, SHOW DATABASES ON ${database}.*`,
    ...readerSystemTables.map((table) => `GRANT SELECT ON system.${table}`),
  ];
  return `<clickhouse>
  <profiles><default><max_threads>${threads}</max_threads></default></profiles>
  <quotas><default/></quotas>
  <roles>
    <writer><grants><query>GRANT ALL ON *.*</query></grants></writer>
    <reader><grants>
${grants.map((grant) => `      <query>${xml(grant)}</query>`).join('\n')}
    </grants></reader>
  </roles>
  <users>
    <default>
      <no_password/><profile>default</profile><quota>default</quota><networks><ip>::/0</ip></networks>
      <grants><query>GRANT writer</query><query>GRANT reader</query></grants>
    </default>
  </users>
</clickhouse>
`;
}
