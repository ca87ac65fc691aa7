import { arrayOf, idOf, isObject, type Json, numberOf, objectOf, stringOf, timeOf } from '../text/fields.ts';
import { htmlToText } from '../text/html.ts';
import { dropped, type Format, type Outcome, type ParseContext, unusable } from './format.ts';

/** What a post inherits from the topic document it stands in. */
type Topic = { readonly title?: string; readonly idsByNumber: ReadonlyMap<number, string> };

const threadOf = (topicId: string): { id: string } => ({ id: `t${topicId}` });

function parsePost(post: unknown, topic: Topic, context: ParseContext): Outcome {
  if (!isObject(post)) return unusable('unknown-shape', 'an element of the posts is not an object');
  const id = idOf(post['id']);
  if (id === undefined) return dropped('no-id');
  const deleted = timeOf(post['deleted_at']);
  if (post['user_deleted'] === true || !Number.isNaN(deleted)) {
    return {
      type: 'deletion',
      platform: 'discourse',
      ref: { id },
      reason: 'deleted',
      at: Number.isNaN(deleted) ? context.now : deleted,
    };
  }
  const type = post['post_type'] ?? 1;
  if (type === 4 || post['hidden'] === true) return dropped('protected');
  if (type !== 1) return dropped('not-a-post');
  const authorId = idOf(post['user_id']) ?? stringOf(post['username']);
  if (authorId === undefined) return dropped('no-author');

  const cooked = stringOf(post['cooked']);
  const { text, links } =
    cooked === undefined ? { text: stringOf(post['raw']) ?? '', links: [] } : htmlToText(cooked);
  const number = numberOf(post['post_number']) ?? 1;
  const title = stringOf(post['topic_title']) ?? topic.title;
  const version = numberOf(post['version']) ?? 1;
  const updated = timeOf(post['updated_at']);
  const topicId = idOf(post['topic_id']);
  const parent = topic.idsByNumber.get(numberOf(post['reply_to_post_number']) ?? -1);
  return {
    type: 'post',
    platform: 'discourse',
    ref: { id },
    kind: number > 1 ? 'reply' : 'post',
    revision: Math.max(0, Math.min(1_000_000, Math.floor(version) - 1)),
    text: number === 1 && title !== undefined && text !== '' ? `${title}\n${text}` : text,
    createdAt: timeOf(post['created_at']),
    author: { id: authorId, automated: authorId === '-1' || authorId === 'system' },
    links,
    ...(version > 1 && !Number.isNaN(updated) ? { editedAt: updated } : {}),
    ...(topicId === undefined ? {} : { thread: threadOf(topicId) }),
    ...(parent === undefined ? {} : { replyTo: { id: parent } }),
  };
}

/** A row of a topic list: the title, which is often the whole question, and the excerpt where there is one. */
function parseTopicRow(topic: unknown): Outcome {
  if (!isObject(topic)) return unusable('unknown-shape', 'an element of the topics is not an object');
  const id = idOf(topic['id']);
  if (id === undefined) return dropped('no-id');
  if (topic['archetype'] === 'private_message' || topic['visible'] === false) return dropped('protected');
  const poster = arrayOf(topic['posters']).find(
    (item) => isObject(item) && /original poster/i.test(stringOf(item['description']) ?? ''),
  );
  const posterId = objectOf(poster ?? arrayOf(topic['posters'])[0])?.['user_id'];
  const authorId = idOf(posterId) ?? idOf(topic['user_id']);
  if (authorId === undefined) return dropped('no-author');
  const excerpt = stringOf(topic['excerpt']);
  const title = stringOf(topic['title']) ?? '';
  return {
    type: 'post',
    platform: 'discourse',
    ref: threadOf(id),
    kind: 'post',
    revision: 0,
    text: excerpt === undefined ? title : `${title}\n${htmlToText(excerpt).text}`,
    createdAt: timeOf(topic['created_at']),
    author: { id: authorId },
    thread: threadOf(id),
    truncated: excerpt !== undefined,
  };
}

/** The ids behind the numbers that replies name, as far as the document holds both. */
function topicOf(document: Json, posts: readonly unknown[]): Topic {
  const idsByNumber = new Map<number, string>();
  for (const post of posts) {
    const number = numberOf(objectOf(post)?.['post_number']);
    const id = idOf(objectOf(post)?.['id']);
    if (number !== undefined && id !== undefined) idsByNumber.set(number, id);
  }
  const title = stringOf(document['title']);
  return { idsByNumber, ...(title === undefined ? {} : { title }) };
}

const orNothing = (outcomes: Outcome[]): Outcome[] =>
  outcomes.length === 0 ? [dropped('not-a-post')] : outcomes;

/** Discourse: topic lists, topics, latest posts, single posts and the bodies of its webhooks. */
export const discourse: Format = {
  platform: 'discourse',
  matches: (value) =>
    isObject(value['topic_list']) ||
    Array.isArray(value['latest_posts']) ||
    isObject(value['post_stream']) ||
    (isObject(value['post']) && objectOf(value['post'])?.['topic_id'] !== undefined) ||
    (value['topic_id'] !== undefined && (value['cooked'] !== undefined || value['raw'] !== undefined)),
  parse(value, context) {
    const list = objectOf(value['topic_list']);
    if (list) return orNothing(arrayOf(list['topics']).map(parseTopicRow));
    const single = objectOf(value['post']) ?? (value['topic_id'] === undefined ? undefined : value);
    const posts = single
      ? [single]
      : arrayOf(objectOf(value['post_stream'])?.['posts'] ?? value['latest_posts']);
    const topic = topicOf(value, posts);
    return orNothing(posts.map((post) => parsePost(post, topic, context)));
  },
};
