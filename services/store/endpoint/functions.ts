import type { Session } from 'chdb';

/**
 * Kinds of functions, in the engine's own words, that compute and do nothing else. Kinds that are not named
 * here are refused, so that a function of a newer engine is refused until somebody has looked at it.
 */
const kinds = new Set(
  `Aggregate Functions|Arithmetic|Arrays|Bit|Bitmap|Comparison|Conditional|Dates and Times|Distance|Encoding|Financial|Geo|Geo Polygon|Hash|IP Address|JSON|Logical|Map|Mathematical|Null|NumericIndexedVector|Random Number|Rounding|String|String Replacement|String Search|String Splitting|Time Series|Time Window|Tuple|Type Conversion|URL|UUID`.split(
    '|',
  ),
);

/** Of the other kinds, those that are harmless and used. */
const others =
  `bar transform currentDatabase version timezone identity materialize ignore toTypeName toColumnTypeName
  byteSize formatReadableSize formatReadableDecimalSize formatReadableQuantity formatReadableTimeDelta
  parseReadableSize parseReadableSizeOrNull parseReadableSizeOrZero parseTimeDelta runningDifference
  runningDifferenceStartingWithFirstValue runningAccumulate neighbor rowNumberInBlock rowNumberInAllBlocks
  blockNumber blockSize visibleWidth isConstant indexHint finalizeAggregation initializeAggregation
  defaultValueOfArgumentType defaultValueOfTypeName getSizeOfEnumType countDigits digits isDecimalOverflow
  variantElement variantType getSubcolumn lowCardinalityIndices lowCardinalityKeys caseWithExpression _CAST
  minSampleSizeContinuous minSampleSizeConversion currentUser displayName uptime revision throwIf
  colorSRGBToOKLCH colorOKLCHToSRGB colorSRGBToOKLAB colorOKLABToSRGB currentSchemas`
    .split(/\s+/)
    .map((name) => name.toLowerCase());

/** Understood by the analyser without being functions of the catalogue. */
const syntax = ['exists', 'grouping', 'countdistinct', 'nvl'];

/**
 * Of the harmless kinds, what is not: functions that write in a format (which may read a schema or a template
 * from a file), that look into the process, that keep state, or that cannot be stopped while they compute.
 */
const refused = new Set(
  `formatRow formatRowNoNewline groupFormat flameGraph aggThrow generateSerialID generateSnowflakeID
  timeSeriesStoreTags timeSeriesCopyTags timeSeriesIdToTags timeSeriesIdToGroup timeSeriesTagsToGroup
  timeSeriesGroupToTags seriesDecomposeSTL arrayLevenshteinDistance arrayLevenshteinDistanceWeighted
  arraySimilarity serverTimezone randomHadamardTransform fuzzBits sleep sleepEachRow file url chdb`
    .split(/\s+/)
    .map((name) => name.toLowerCase()),
);

const combinators =
  /(?:simplestate|ordefault|distinct|resample|foreach|argmax|argmin|ornull|tuple|merge|state|array|null|map|if)$/;

/** Table functions that make rows out of nothing. */
export const tableFunctions: ReadonlySet<string> = new Set([
  'numbers',
  'numbers_mt',
  'zeros',
  'zeros_mt',
  'generateseries',
  'generate_series',
  'values',
]);

export type Functions = {
  /** Whether a reader may call it; names are compared without case, which refuses more than it allows. */
  allows(name: string): boolean;
  /** Names that are allowed and that are not, for the test that watches them. */
  readonly allowed: ReadonlySet<string>;
  readonly denied: ReadonlySet<string>;
};

type Entry = { name: string; aggregate: number; alias: string; kinds: string; origin: string };

/** Reads the engine's catalogue of functions and sorts it once into allowed and refused. */
export async function readFunctions(session: Session): Promise<Functions> {
  const result = await session.queryAsync(
    `SELECT lower(name) AS name, is_aggregate AS aggregate, lower(alias_to) AS alias, categories AS kinds,
     toString(origin) AS origin FROM system.functions FORMAT JSONEachRow`,
  );
  const entries = result
    .text()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry);

  const harmless = new Set<string>([...others, ...syntax]);
  for (const { name, origin, kinds: own } of entries) {
    if (origin === 'System' && own.split(',').every((kind) => kinds.has(kind.trim()))) harmless.add(name);
  }
  for (const name of refused) harmless.delete(name);
  const byAlias = entries.filter(({ alias }) => alias !== '');
  for (const { name, alias } of byAlias) if (harmless.has(alias)) harmless.add(name);
  // Names that differ only in case: the refused one wins.
  for (const { name, alias } of byAlias) if (!harmless.has(alias)) harmless.delete(name);

  const aggregates = new Set(entries.filter((entry) => entry.aggregate === 1).map((entry) => entry.name));
  const denied = new Set(entries.map((entry) => entry.name).filter((name) => !harmless.has(name)));

  function allows(name: string): boolean {
    const lower = name.toLowerCase();
    if (harmless.has(lower)) return true;
    if (denied.has(lower)) return false;
    for (let base = lower.replace(combinators, ''), last = lower; base !== last;) {
      if (harmless.has(base) && (aggregates.has(base) || base === 'countdistinct')) return true;
      last = base;
      base = base.replace(combinators, '');
    }
    return false;
  }
  return { allows, allowed: harmless, denied };
}
