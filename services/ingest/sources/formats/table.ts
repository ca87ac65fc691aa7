import { sha256Hex } from '../../../shared/ids.ts';
import { idOf, type Json, numberOf, secondsOf, stringOf, timeOf } from '../text/fields.ts';
import { dropped, type Format, type Outcome, type ParseContext } from './format.ts';

/** Names under which files of one's own carry a field, the likelier first; compared in lower case. */
const names = {
  text: ['text', 'body', 'content', 'message', 'post', 'tweet', 'sentence', 'comment', 'review'],
  id: ['id', 'post_id', 'tweet_id', 'message_id', 'comment_id', 'id_str'],
  author: ['author', 'author_id', 'user', 'user_id', 'username', 'screen_name'],
  created: ['created', 'created_at', 'createdat', 'date', 'timestamp', 'time', 'created_utc'],
  lang: ['lang', 'language'],
} as const;
type Field = keyof typeof names;

/** The value of a field, under whichever of its names the record has. */
function pick(value: Json, field: Field): unknown {
  for (const name of names[field]) {
    const found = value[name];
    if (found !== undefined && found !== null && found !== '') return found;
  }
  return undefined;
}

/** Whether a header row names a column that can hold the text of a post. */
export const hasTextColumn = (columns: readonly string[]): boolean =>
  columns.some((column) => (names.text as readonly string[]).includes(column));

/** A date in words, or seconds or milliseconds since 1970 in digits. */
function timeOfAny(value: unknown): number {
  const digits =
    typeof value === 'number' || (typeof value === 'string' && /^\d{1,16}(\.\d{1,9})?$/.test(value));
  if (!digits) return timeOf(value);
  const number = Number(value);
  return number > 100_000_000_000 ? number : secondsOf(number);
}

function parseRow(value: Json, context: ParseContext): Outcome {
  const text = stringOf(pick(value, 'text'));
  if (text === undefined) return dropped('no-text');
  const created = pick(value, 'created');
  const createdAt = created === undefined ? context.now : timeOfAny(created);
  const author = idOf(pick(value, 'author'));
  const id =
    idOf(pick(value, 'id')) ??
    sha256Hex([author, stringOf(created) ?? numberOf(created), text].join('\n'), 24);
  const lang = stringOf(pick(value, 'lang'));
  return {
    type: 'post',
    platform: 'file',
    ref: { id },
    kind: 'post',
    revision: 0,
    text,
    createdAt,
    // Without an author every row counts as somebody else's.
    author: { id: author ?? `row ${id}` },
    ...(lang === undefined ? {} : { lang }),
  };
}

/** One's own tables: NDJSON, CSV or TSV with a text and, where there is one, id, author, date, language. */
export const table: Format = {
  platform: 'file',
  matches: (value) => typeof pick(value, 'text') === 'string',
  parse: (value, context) => [parseRow(value, context)],
};
