import type { Json } from '../text/fields.ts';
import { discourse } from './discourse.ts';
import type { Format } from './format.ts';
import { jetstream } from './jetstream.ts';
import { mastodon } from './mastodon.ts';
import { pushshift } from './pushshift.ts';
import { table } from './table.ts';
import { xV1 } from './x-v1.ts';
import { xV2 } from './x-v2.ts';

/** Formats of JSON messages, in the order in which a message is held against them. */
export const formats = {
  'x-v2': xV2,
  jetstream,
  'x-v1': xV1,
  mastodon,
  pushshift,
  discourse,
  table,
} satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;

const ordered: readonly Format[] = Object.values(formats);

/** The format of a message; a pure function of the message, so that a resumed reader decides alike. */
export const formatOf = (value: Json): Format | undefined => ordered.find((format) => format.matches(value));
