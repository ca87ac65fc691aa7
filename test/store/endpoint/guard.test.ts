import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../services/shared/ids.ts';
import { checkTree } from '../../../services/store/endpoint/guard.ts';
import { readFunctions, type Functions } from '../../../services/store/endpoint/functions.ts';
import { loadParser, probeParser } from '../../../services/store/endpoint/parser.ts';
import { createTurns } from '../../../services/store/endpoint/turns.ts';
import { startEndpoint, type Running } from './harness.ts';

let endpoint: Running;
let functions: Functions;
beforeAll(async () => {
  endpoint = await startEndpoint({ tables: 'empty' });
  functions = await readFunctions(endpoint.engine.session);
});
afterAll(() => endpoint.close());

describe("the engine's own parser", () => {
  it('is there, in the version that was looked at', async () => {
    const { version } = createRequire(import.meta.url)('chdb/package.json') as { version: string };
    expect(version, 'look at what the endpoint takes from the package, then change this line').toBe('3.4.0');
    const parser = await loadParser(endpoint.engine.session);
    expect(await parser.classify(endpoint.engine.session, 'SELECT 1')).toEqual({
      statements: 1,
      reads: true,
    });
  });

  const always = (queryClass: number) => () => Promise.resolve({ statementCount: 1, queryClass });
  const insert = () => Promise.resolve();
  it.each([
    ['is missing', {}],
    ['is no function', { DurableClassifyAsync: 1 as never, InsertRawAsyncConnection: insert }],
    ['takes everything for a read', { DurableClassifyAsync: always(0), InsertRawAsyncConnection: insert }],
    ['takes nothing for a read', { DurableClassifyAsync: always(4), InsertRawAsyncConnection: insert }],
    [
      'fails',
      { DurableClassifyAsync: () => Promise.reject(new Error('x')), InsertRawAsyncConnection: insert },
    ],
  ])('keeps the endpoint from starting where it %s', async (_, native) => {
    const start = probeParser(native, endpoint.engine.session);
    await expect(start).rejects.toMatchObject({ code: 'ENDPOINT_UNSAFE' });
    await expect(start).rejects.toThrow(/^[^\n]*npm install[^\n]*endpoint\.enabled[^\n]*$/);
  });
});

describe('functions', () => {
  it('are those that were looked at: a new engine is read through before it is trusted', () => {
    const list = [...functions.allowed].sort();
    expect({ count: list.length, hash: sha256Hex(list.join(' '), 16) }).toEqual({
      count: 1613,
      hash: 'db6083f72fbc25c9',
    });
  });

  it.each([
    'file',
    'FILE',
    'sleep',
    'sleepEachRow',
    'catboostEvaluate',
    'getServerSetting',
    'serverUUID',
    'aiGenerate',
    'AIClassify',
    'hostName',
    'hostname',
    'FQDN',
    'dictGet',
    'joinGet',
    'hasColumnInTable',
    'showCertificate',
    'addressToLine',
    'logTrace',
    'generateSerialID',
    'formatRow',
    'groupFormat',
    'fuzzQuery',
    'structureToProtobufSchema',
    'filesystemAvailable',
    'getClientHTTPHeader',
    'tcpPort',
    'transactionID',
    'groupFormatIf',
    'fileIf',
    'naiveBayesClassifier',
    'no_such_function',
    '',
    'count file',
  ])('%j is refused', (name) => {
    expect(functions.allows(name)).toBe(false);
  });

  it.each([
    'count',
    'COUNT',
    'sumIf',
    'countDistinctIf',
    'uniqExactIfOrNull',
    'quantilesTDigestArrayIf',
    'any_value',
    'date_trunc',
    'CURRENT_TIMESTAMP',
    'exists',
    'grouping',
    'caseWithExpression',
    'uniqMerge',
    'toStartOfInterval',
  ])('%j is allowed', (name) => {
    expect(functions.allows(name)).toBe(true);
  });
});

describe('query trees', () => {
  it.each([
    ['a function', 'FUNCTION id: 2, function_name: file, function_type: ordinary'],
    [
      'an alias that forges a name',
      'FUNCTION id: 2, alias: function_name: count, function_type: ordinary, function_name: file, function_type: ordinary',
    ],
    [
      'an alias that swallows a name',
      'FUNCTION id: 2, alias: function_name: , function_name: file, function_type: ordinary',
    ],
    ['a function without a name', 'FUNCTION id: 2, ordinary'],
    ['a table function', 'TABLE_FUNCTION id: 3, alias: numbers, table_function_name: url'],
    [
      'a table function with an alias that forges one',
      'TABLE_FUNCTION id: 3, alias: table_function_name: numbers, table_function_name: url',
    ],
    ['a table of the engine', 'IDENTIFIER id: 3, identifier: system.processes'],
    ['a table of the engine in quotes', 'IDENTIFIER id: 3, identifier: `system`.`processes`, final: 1'],
    [
      'an alias that forges a table',
      'IDENTIFIER id: 3, alias: identifier: posts, identifier: system.processes',
    ],
    ['a column of a table of the engine', 'MATCHER id: 1, qualified_identifier: system.processes.query'],
    ['a view of the information schema', 'IDENTIFIER id: 3, identifier: INFORMATION_SCHEMA.STATISTICS'],
  ])('with %s are refused', (_, tree) => {
    expect(() => checkTree(tree, functions)).toThrow(expect.objectContaining({ code: 497 }));
  });

  it('of ordinary queries pass', () => {
    checkTree(
      'FUNCTION id: 2, alias: n, function_name: count, function_type: ordinary\n IDENTIFIER id: 5, identifier: system.one\n TABLE_FUNCTION id: 3, table_function_name: numbers\n IDENTIFIER id: 9, identifier: vigilstream.posts',
      functions,
    );
  });
});

describe('turns', () => {
  const never = new AbortController().signal;

  it('are given in order, and no more than there are', async () => {
    const turns = createTurns(2, 10, 1_000);
    let running = 0;
    let most = 0;
    const order: number[] = [];
    const work = async (i: number) => {
      const giveBack = await turns.take(never);
      order.push(i);
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      giveBack();
      giveBack(); // a second time changes nothing
    };
    await Promise.all(Array.from({ length: 8 }, (_, i) => work(i)));
    expect(most).toBe(2);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('are refused when too many wait, too long, or the one who waits has gone', async () => {
    const turns = createTurns(1, 1, 20);
    const giveBack = await turns.take(never);
    const gone = new AbortController();
    const left = turns.take(gone.signal);
    await expect(turns.take(never)).rejects.toMatchObject({ code: 202 });
    gone.abort();
    await expect(left).rejects.toMatchObject({ code: 202 });
    await expect(turns.take(never)).rejects.toMatchObject({ code: 202, outcome: 'busy' });
    giveBack();
    (await turns.take(never))();
  });
});
