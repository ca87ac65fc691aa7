import type { EndpointConfig } from './config.ts';
import { Refusal } from './errors.ts';

/** What a client may ask for but never beyond ours. */
export type Caps = Readonly<Record<string, number>>;

export function capsOf(config: EndpointConfig): Caps {
  return {
    max_execution_time: config.maxExecutionSeconds,
    max_result_rows: config.maxResultRows,
    max_result_bytes: config.maxResultBytes,
    max_memory_usage: config.maxMemoryBytes,
    max_rows_to_read: 2_000_000_000,
    max_threads: 2,
  };
}

/**
 * Set for every read, and not to be changed: ends are errors and never silently short results, nothing is
 * spilled to disk, and statements may be as long as the guard's own texts about them.
 */
const fixed = [
  `result_overflow_mode = 'throw'`,
  `timeout_overflow_mode = 'throw'`,
  `read_overflow_mode = 'throw'`,
  'max_bytes_ratio_before_external_group_by = 0',
  'max_bytes_ratio_before_external_sort = 0',
  'max_bytes_before_external_group_by = 0',
  'max_bytes_before_external_sort = 0',
  `join_algorithm = 'direct,hash'`,
  'max_query_size = 1048576',
  'allow_ddl = 0',
  'allow_introspection_functions = 0',
];

/** How results are written and dates and joins are understood: harmless, and clients rely on it. */
const passed =
  /^(date_time_input_format|date_time_output_format|session_timezone|join_use_nulls|max_block_size|final|extremes|group_by_use_nulls|aggregate_functions_null_for_empty|union_default_mode|prefer_column_name_to_alias|output_format_[a-z0-9_]+|format_(csv_delimiter|csv_null_representation|tsv_null_representation|custom_[a-z_]+_delimiter))$/;
/** Read a file or a server, or reveal something of the machine, when a format uses them. */
const notPassed = /^output_format_(schema|avro_schema_registry.*)$/;

/** What the transport understands, or what is of no use here and harmless to leave aside. */
const transport = new Set(
  `query user password database default_format query_id session_id session_timeout session_check
  close_session client_protocol_version compress decompress enable_http_compression http_zlib_compression_level
  network_compression_method network_zstd_compression_level quota_key wait_end_of_query buffer_size
  send_progress_in_http_headers http_headers_progress_interval_ms cancel_http_readonly_queries_on_client_close
  cancel_http_readonly_queries_on_client_close add_http_cors_header http_response_buffer_size stacktrace
  http_write_exception_in_output_format log_queries use_uncompressed_cache connect_timeout receive_timeout
  send_timeout http_receive_timeout http_send_timeout max_insert_block_size async_insert wait_for_async_insert
  input_format_parallel_parsing mutations_sync insert_deduplicate`.split(/\s+/),
);

/** A text as a literal of ClickHouse. */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

const parameterName = /^param_[A-Za-z_]\w{0,127}$/;

function numberOf(name: string, value: string): number {
  const number = Number(value);
  if (value.trim() !== '' && number >= 0 && Number.isFinite(number)) return number;
  throw new Refusal(72, 'CANNOT_PARSE_NUMBER', `Setting ${name} wants a number`, 'malformed');
}

/** A wish within our cap; 0 means no limit in ClickHouse, hence the cap. */
function capped(name: string, cap: number, wish: string | undefined): string {
  const number = wish === undefined ? 0 : numberOf(name, wish);
  return `${name} = ${number === 0 ? cap : Math.min(number, cap)}`;
}

/**
 * The statement that makes a fresh connection a reader's: parameters, wishes of the client, our limits, and
 * `readonly = 1` last, after which nothing can be changed any more.
 * @param mark names the query to the engine, for the case that it has to be killed
 * @throws Refusal 164 for a setting that a reader may not change.
 */
export function readerSettings(query: URLSearchParams, caps: Caps, mark: string): string {
  const parts: string[] = [];
  for (const [name, value] of query) {
    if (parameterName.test(name)) parts.push(`${name} = ${literal(value)}`);
    else if (passed.test(name) && !notPassed.test(name)) parts.push(`${name} = ${literal(value)}`);
    else if (name === 'readonly' && (value === '1' || value === '2')) continue;
    else if (!(name in caps) && !transport.has(name)) {
      const shown = /^[a-z0-9_]{1,64}$/.test(name) ? name : '(unknown)';
      throw new Refusal(
        164,
        'READONLY',
        `Cannot modify '${shown}' setting in readonly mode: the endpoint does not let it through`,
      );
    }
  }
  for (const [name, cap] of Object.entries(caps)) parts.push(capped(name, cap, query.get(name) ?? undefined));
  return `SET ${[...parts, ...fixed, `log_comment = ${literal(mark)}`, 'readonly = 1'].join(', ')}`;
}
