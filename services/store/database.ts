/** Values that a row may hold; times are milliseconds since 1970 UTC in DateTime64(3) columns. */
export type Row = Readonly<Record<string, unknown>>;

export type InsertOptions = {
  /** Names the batch: a repeated insert with the same token into the same table changes nothing. */
  readonly token: string;
  readonly signal?: AbortSignal;
};

export type QueryOptions = {
  /** Bound as `{name:Type}` in the text. */
  readonly params?: Readonly<Record<string, string | number | readonly string[]>>;
  readonly signal?: AbortSignal;
};

export const exportFormats = ['CSVWithNames', 'JSONEachRow', 'Parquet'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/**
 * A ClickHouse engine, in this process or on a server. Guarantees of every driver:
 * - `insert` resolves when all rows are durable, and inserts all of them or none; repeated with the same
 *   token it changes nothing, also after a crash between the insert and its acknowledgement.
 * - Settings of one call never outlive it.
 * - Failures are VigilErrors: `DATABASE_AWAY` (canRetry) when the engine cannot be reached or is
 *   overloaded, `DATABASE_REFUSED` (not retryable) when it will never take these rows or this statement,
 *   `DATABASE_BROKEN` (not retryable) when tables, columns or rights are missing or the engine cannot be
 *   opened, whatever the rows, `DATABASE_BUSY` when another process holds the data folder, `DATABASE_FULL` (canRetry) when the disk is
 *   full. Messages never repeat values of rows.
 */
export interface Database extends AsyncDisposable {
  readonly driver: string;
  /** Runs a statement that returns nothing: migrations and administration only. */
  command(sql: string): Promise<void>;
  insert(table: string, rows: readonly Row[], options: InsertOptions): Promise<void>;
  /** Runs a named SELECT and returns its rows; 64-bit integers come as numbers where they are safe. */
  query<T extends Row>(sql: string, options?: QueryOptions): Promise<T[]>;
  /**
   * Runs a named SELECT and hands out its rows as the bytes of a file. Resolves when the engine has the whole
   * result, so that a failure is told before the first byte; the memory it takes does not grow with the rows.
   * Reading to the end, or giving up, frees what it holds.
   */
  export(
    sql: string,
    options: QueryOptions & { readonly format: ExportFormat },
  ): Promise<AsyncIterable<Uint8Array>>;
  /** Version of the engine, for the records and `doctor`. */
  version(): Promise<string>;
}
