import { expect, test } from 'vitest';
import { databaseFault, exceptionCode, type Step } from '../../services/store/databases/faults.ts';

test.each<[Step, string, string, boolean]>([
  [
    'insert',
    "Code: 27. DB::Exception: Cannot parse input: before: 'words of a post'",
    'DATABASE_REFUSED',
    false,
  ],
  ['insert', 'Code: 60. DB::Exception: Table does not exist', 'DATABASE_BROKEN', false],
  ['insert', 'Code: 516. DB::Exception: Authentication failed', 'DATABASE_BROKEN', false],
  ['insert', 'Code: 252. DB::Exception: Too many parts', 'DATABASE_AWAY', true],
  ['insert', 'Code: 241. DB::Exception: Memory limit exceeded', 'DATABASE_AWAY', true],
  ['insert', 'Code: 243. DB::Exception: Cannot reserve 8.58 MiB', 'DATABASE_FULL', true],
  ['insert', 'Code: 75. DB::Exception: Cannot write to file, errno: 28', 'DATABASE_FULL', true],
  // What nobody has seen before must not throw rows away.
  ['insert', 'Code: 4242. DB::Exception: Something new', 'DATABASE_AWAY', true],
  ['insert', 'something without a code', 'DATABASE_AWAY', true],
  ['query', 'Code: 62. DB::Exception: Syntax error', 'DATABASE_REFUSED', false],
  ['query', 'Code: 4242. DB::Exception: Something new', 'DATABASE_REFUSED', false],
  ['query', 'Code: 159. DB::Exception: Timeout exceeded', 'DATABASE_AWAY', true],
])('%s: %s', (step, message, code, canRetry) => {
  const fault = databaseFault(step, 'vigilstream.posts', exceptionCode(message), message);
  expect(fault).toMatchObject({ code, canRetry });
  expect(fault.cause).toBeUndefined();
  expect(fault.message).not.toContain('words of a post');
});
