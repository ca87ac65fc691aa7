import { fileURLToPath } from 'node:url';
import { postKinds, type PostKind } from '../../schemas/alerting.ts';
import { badLine, readLines } from '../terminology/lines.ts';
import type { Names } from './names.ts';

/** What makes a post worth telling of: reactions by id, and a regular expression of RE2 over its text. */
export type Watched = { readonly events: readonly string[]; readonly words: string };

export type WatchList = {
  /** Important medical events, and words of seriousness. */
  readonly serious: Watched;
  readonly posts: Readonly<Record<PostKind, Watched>>;
};

const shipped = fileURLToPath(new URL('serious-reactions.tsv', import.meta.url));
const columns = 'kind\tname\tconcepts\tother names\twords';
const kinds = ['serious', 'words', ...postKinds] as const;

const parts = (cell: string | undefined): string[] => (cell ?? '').split('|').filter(Boolean);

/**
 * The list that comes along: in our own wording, after what regulators call serious (ICH E2A: death, threat to
 * life, stay in hospital, disability, birth defect, and what is medically important). Reactions are linked to the
 * open vocabulary by id and to other terminologies by name.
 * @throws VigilError that names the file and line that is wrong.
 */
export async function loadWatchList(names: Names, path: string = shipped): Promise<WatchList> {
  const rows = new Map<string, { events: string[]; words: string[] }>(
    kinds.map((kind) => [kind, { events: [], words: [] }]),
  );
  for await (const { number, text } of readLines(path)) {
    if (number === 1) {
      if (text !== columns)
        throw badLine(path, number, `the header must be ${columns.replaceAll('\t', ', ')}`);
      continue;
    }
    const [kind = '', , concepts, others, words] = text.split('\t');
    const row = rows.get(kind);
    if (!row) throw badLine(path, number, `the kind must be one of ${kinds.join(', ')}`);
    row.events.push(...names.concepts(parts(concepts), parts(others)));
    if (words) row.words.push(words);
  }
  const watched = (kind: string, wordsOf: string = kind): Watched => {
    const words = rows.get(wordsOf)?.words ?? [];
    return {
      events: [...new Set(rows.get(kind)?.events)],
      words: words.length === 0 ? '' : `(?i)\\b(${words.join('|')})\\b`,
    };
  };
  return {
    serious: watched('serious', 'words'),
    posts: {
      'pregnancy-exposure': watched('pregnancy-exposure'),
      death: watched('death'),
      overdose: watched('overdose'),
    },
  };
}
