/** Our own broken state, or a dependency that failed. Never carries text of a post or a name. */
export class VigilError extends Error {
  readonly code: string;
  /** Whether the same call can succeed later without anybody changing anything. */
  readonly canRetry: boolean;

  constructor(code: string, message: string, options: { cause?: unknown; canRetry?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'VigilError';
    this.code = code;
    this.canRetry = options.canRetry ?? false;
  }
}

/** The code of any error, for logs: the message of a foreign error may echo data, its code does not. */
export function errorCode(error: unknown): string {
  if (error instanceof VigilError) return error.code;
  if (error instanceof Error) {
    const code = (error as { code?: unknown }).code;
    return typeof code === 'string' || typeof code === 'number' ? String(code) : error.name;
  }
  return 'unknown';
}

/** What happened and what to do, for logs: our own words where the error is ours, else its code. */
export function reasonOf(error: unknown): string {
  return error instanceof VigilError ? error.message : errorCode(error);
}

/** Whether the error says that the work was ended by its signal. */
export function isAbort(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.name === 'AbortError' || (error as { code?: unknown }).code === 'ABORT_ERR')
  );
}
