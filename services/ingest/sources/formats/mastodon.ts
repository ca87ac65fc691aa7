import {
  editRevision,
  idOf,
  isObject,
  type Json,
  numberOf,
  objectOf,
  stringOf,
  timeOf,
} from '../text/fields.ts';
import { htmlToText } from '../text/html.ts';
import { dropped, type Format, type Outcome, type ParseContext, unusable } from './format.ts';

/**
 * An account's name that is the same on every server: `name@instance`. The numbers that servers give to
 * accounts differ from server to server.
 */
function accountId(account: Json): string | undefined {
  const acct = stringOf(account['acct']) ?? stringOf(account['username']);
  if (acct === undefined) return idOf(account['id']);
  if (acct.includes('@')) return acct.toLowerCase();
  const host = /^https?:\/\/([^/\s]{1,253})\//i.exec(stringOf(account['url']) ?? '')?.[1];
  return (host === undefined ? acct : `${acct}@${host}`).toLowerCase();
}

function parseStatus(status: Json, edit: boolean): Outcome {
  const id = idOf(status['id']);
  if (id === undefined) return dropped('no-id');
  const account = objectOf(status['account']);
  const author = account && accountId(account);
  if (!account || author === undefined) return dropped('no-author');
  const visibility = status['visibility'] ?? 'public';
  if (visibility !== 'public' && visibility !== 'unlisted') return dropped('protected');

  const reblog = objectOf(status['reblog']);
  const quoted = objectOf(objectOf(status['quote'])?.['quoted_status']);
  const shown = reblog ?? status;
  const { text, links } = htmlToText(stringOf(shown['content']) ?? '');
  const warning = stringOf(shown['spoiler_text']);
  const createdAt = timeOf(status['created_at']);
  const editedAt = timeOf(status['edited_at']);
  const edited = edit || !Number.isNaN(editedAt);
  const replyTo = idOf(status['in_reply_to_id']);
  const repostOf = idOf(reblog?.['id']) ?? idOf(quoted?.['id']);
  const lang = stringOf(shown['language']);
  const joined = timeOf(account['created_at']);
  const followers = numberOf(account['followers_count']);
  if (reblog && text === '') return dropped('empty-repost');
  return {
    type: 'post',
    platform: 'mastodon',
    ref: { id },
    kind: reblog ? 'repost' : replyTo !== undefined ? 'reply' : quoted ? 'quote' : 'post',
    revision: edited ? editRevision(createdAt, editedAt) : 0,
    text: warning === undefined ? text : `${warning}\n${text}`,
    createdAt,
    author: {
      id: author,
      automated: account['bot'] === true,
      ...(followers === undefined ? {} : { followers }),
      ...(Number.isNaN(joined) ? {} : { createdAt: joined }),
    },
    links,
    sensitive: status['sensitive'] === true,
    ...(Number.isNaN(editedAt) ? {} : { editedAt }),
    ...(lang === undefined ? {} : { lang }),
    ...(replyTo === undefined ? {} : { replyTo: { id: replyTo } }),
    ...(repostOf === undefined ? {} : { repostOf: { id: repostOf } }),
  };
}

/** One event of a stream; its payload is JSON in a string, and for `delete` a bare id. */
function parseEvent(event: unknown, payload: unknown, context: ParseContext): Outcome {
  if (event === 'delete') {
    const id = idOf(payload)?.trim();
    return id === undefined || id === ''
      ? dropped('no-id')
      : { type: 'deletion', platform: 'mastodon', ref: { id }, reason: 'deleted', at: context.now };
  }
  if (event !== 'update' && event !== 'status.update') return dropped('not-a-post');
  let status: unknown = payload;
  if (typeof payload === 'string') {
    try {
      status = JSON.parse(payload);
    } catch {
      return unusable('not-json', 'the data of the event are not JSON');
    }
  }
  if (!isObject(status)) return unusable('unknown-shape', 'the data of the event are not a status');
  return parseStatus(status, event === 'status.update');
}

/** Mastodon: server-sent events, the same events over a web socket, and bare statuses. */
export const mastodon: Format = {
  platform: 'mastodon',
  matches: (value) =>
    (typeof value['event'] === 'string' && value['payload'] !== undefined) ||
    (isObject(value['account']) && typeof value['content'] === 'string'),
  parse: (value, context) =>
    typeof value['event'] === 'string'
      ? [parseEvent(value['event'], value['payload'], context)]
      : [parseStatus(value, false)],
};
