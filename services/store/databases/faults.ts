import { VigilError } from '../../shared/errors.ts';

/** Codes of ClickHouse's exceptions that say that a row is at fault: whatever else is tried, it stays so. */
const rowCodes: Readonly<Record<number, string>> = {
  6: 'CANNOT_PARSE_TEXT',
  25: 'CANNOT_PARSE_ESCAPE_SEQUENCE',
  26: 'CANNOT_PARSE_QUOTED_STRING',
  27: 'CANNOT_PARSE_INPUT_ASSERTION_FAILED',
  32: 'ATTEMPT_TO_READ_AFTER_EOF',
  33: 'CANNOT_READ_ALL_DATA',
  34: 'TOO_MANY_ARGUMENTS_FOR_FUNCTION',
  38: 'CANNOT_PARSE_DATE',
  41: 'CANNOT_PARSE_DATETIME',
  53: 'TYPE_MISMATCH',
  69: 'ARGUMENT_OUT_OF_BOUND',
  70: 'CANNOT_CONVERT_TYPE',
  72: 'CANNOT_PARSE_NUMBER',
  117: 'INCORRECT_DATA',
  128: 'TOO_LARGE_ARRAY_SIZE',
  130: 'CANNOT_READ_ARRAY_FROM_TEXT',
  131: 'TOO_LARGE_STRING_SIZE',
  190: 'SIZES_OF_ARRAYS_DONT_MATCH',
  321: 'VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE',
  349: 'CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN',
  407: 'DECIMAL_OVERFLOW',
  467: 'CANNOT_PARSE_BOOL',
  469: 'VIOLATED_CONSTRAINT',
  636: 'CANNOT_EXTRACT_TABLE_STRUCTURE',
  691: 'UNKNOWN_ELEMENT_OF_ENUM',
};

/** Codes that say that the tables or the rights are not what this program needs. */
const brokenCodes: Readonly<Record<number, string>> = {
  16: 'NO_SUCH_COLUMN_IN_TABLE',
  60: 'UNKNOWN_TABLE',
  81: 'UNKNOWN_DATABASE',
  164: 'READONLY',
  192: 'UNKNOWN_USER',
  193: 'WRONG_PASSWORD',
  194: 'REQUIRED_PASSWORD',
  497: 'ACCESS_DENIED',
  516: 'AUTHENTICATION_FAILED',
};

/** Codes that say that a statement is wrong; ours are not, so with an insert the server is not what it should be. */
const statementCodes: Readonly<Record<number, string>> = {
  46: 'UNKNOWN_FUNCTION',
  47: 'UNKNOWN_IDENTIFIER',
  48: 'NOT_IMPLEMENTED',
  62: 'SYNTAX_ERROR',
  115: 'UNKNOWN_SETTING',
};

const fullCode = 243;
const diskFull = /No space left on device|errno: 28\b|NOT_ENOUGH_SPACE/;

/** The number in `Code: 27. DB::Exception: …`, if there is one. */
export function exceptionCode(message: string): number | undefined {
  const found = /\bCode: (\d+)/.exec(message);
  return found ? Number(found[1]) : undefined;
}

export type Step = 'insert' | 'query' | 'command';

/**
 * The error of the port for an error of the engine. The engine's words echo values of rows, so neither they
 * nor the error itself go on, except for commands, which carry none. An unknown code of an insert counts as
 * something that passes: waiting loses nothing, and throwing rows away would.
 */
export function databaseFault(
  step: Step,
  what: string,
  code: number | undefined,
  message: string,
): VigilError {
  const words = step === 'command' ? `: ${message.slice(0, 400)}` : '';
  const number = code === undefined ? '' : ` (code ${code})`;
  if (code === fullCode || diskFull.test(message)) {
    return new VigilError(
      'DATABASE_FULL',
      `the disk of the database is full: make room, ${what} goes on by itself`,
      { canRetry: true },
    );
  }
  const row = code === undefined ? undefined : rowCodes[code];
  if (row && step === 'insert') {
    return new VigilError('DATABASE_REFUSED', `the database refuses rows of ${what}: ${row}${number}`);
  }
  const broken =
    code === undefined
      ? undefined
      : (brokenCodes[code] ?? (step === 'insert' ? statementCodes[code] : undefined));
  if (broken) {
    return new VigilError(
      'DATABASE_BROKEN',
      `${what}: ${broken}${number}: tables, columns or rights are missing; run "vigilstream migrate" with a user who may create tables${words}`,
    );
  }
  if (step === 'insert' || code === undefined || passing.has(code)) {
    return new VigilError('DATABASE_AWAY', `the database is away or overloaded${number} at ${what}${words}`, {
      canRetry: true,
    });
  }
  return new VigilError('DATABASE_REFUSED', `the database refuses ${what}${number}${words}`);
}

/** Overload, time-outs, restarts, a keeper or replica that is away. */
const passing = new Set([
  74, 75, 76, 87, 88, 159, 160, 201, 202, 203, 209, 210, 225, 236, 241, 242, 252, 254, 279, 285, 289, 319,
  373, 394, 425, 439, 473, 499, 700, 733, 745, 999,
]);
