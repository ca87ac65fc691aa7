import { Refusal } from './errors.ts';

/**
 * Formats that results may have. Left out: those that read a schema or a template from a file or the network
 * (Template, Protobuf, CapnProto, AvroConfluent) and those of other wire protocols.
 */
const families: readonly (readonly [pattern: RegExp, type: string])[] = [
  [
    /^JSON(Strings|Compact|CompactStrings|Columns|CompactColumns|ColumnsWithMetadata|ObjectEachRow)?$/,
    'application/json; charset=UTF-8',
  ],
  [
    /^(NDJSON|JSONLines|JSONL|Pretty(NDJSON|JSONLines|JSONEachRow)|JSON(Strings|Compact|CompactStrings)?EachRow(WithProgress|WithNames|WithNamesAndTypes)?)$/,
    'application/x-ndjson; charset=UTF-8',
  ],
  [
    /^(TabSeparated|TSV|Raw|TabSeparatedRaw|TSVRaw)(WithNames|WithNamesAndTypes)?$/,
    'text/tab-separated-values; charset=UTF-8',
  ],
  [/^CSV(WithNames|WithNamesAndTypes)?$/, 'text/csv; charset=UTF-8'],
  [
    /^(Pretty(Compact|Space)?(NoEscapes)?(MonoBlock)?|Vertical|TSKV|Values|Markdown|MD|LineAsString|SQLInsert)$/,
    'text/plain; charset=UTF-8',
  ],
  [/^XML$/, 'application/xml; charset=UTF-8'],
  [
    /^(Native|RowBinary(WithNames|WithNamesAndTypes)?|Arrow|ArrowStream|Parquet|ORC|Avro|MsgPack|BSONEachRow|Npy|RawBLOB|Null)$/,
    'application/octet-stream',
  ],
];

/** Content type of a format; undefined for formats that are not given out. */
export function contentTypeOf(format: string): string | undefined {
  return families.find(([pattern]) => pattern.test(format))?.[1];
}

/** @throws Refusal 73 for a format that is unknown or not given out. */
export function checkFormat(format: string): string {
  if (contentTypeOf(format) !== undefined) return format;
  throw new Refusal(73, 'UNKNOWN_FORMAT', 'This format is unknown or not given out here', 'refused');
}
