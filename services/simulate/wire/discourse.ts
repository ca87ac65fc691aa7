import type { Item } from '../item.ts';
import { discourseId } from '../native-ids.ts';
import { hashOf } from '../random.ts';
import { escapeHtml, segmentsOf } from './segments.ts';
import type { Encoder } from './wire.ts';

const iso = (at: number): string => new Date(at).toISOString();

function cooked(text: string): string {
  const html = segmentsOf(text)
    .map(({ kind, text: plain }) => {
      const escaped = escapeHtml(plain);
      if (kind === 'mention') return `<a class="mention" href="/u/${plain.slice(1)}">${escaped}</a>`;
      return kind === 'link' ? `<a href="${escaped}" rel="noopener nofollow ugc">${escaped}</a>` : escaped;
    })
    .join('');
  return `<p>${html.replaceAll('\n\n', '</p>\n<p>').replaceAll('\n', '<br>\n')}</p>`;
}

/** A post as Discourse lists it; one that is gone says so and shows nothing. */
function page(item: Item, deletedAt?: number): string {
  const first = item.root ?? item;
  const title = first.title ?? '';
  const removed = deletedAt !== undefined;
  return `${JSON.stringify({
    latest_posts: [
      {
        id: Number(item.id),
        name: item.account.displayName,
        username: item.account.handle,
        avatar_template: '/letter_avatar_proxy/v4/letter/s/{size}.png',
        created_at: iso(item.at),
        cooked: removed ? '<p>(post deleted by author)</p>' : cooked(item.text),
        post_number: item.number,
        post_type: 1,
        updated_at: iso(deletedAt ?? item.editedAt ?? item.at),
        reply_count: 0,
        reply_to_post_number: item.parent ? item.parent.number : null,
        quote_count: 0,
        incoming_link_count: 0,
        reads: 1,
        topic_id: Number(first.id),
        topic_slug: title.toLowerCase().replace(/\W+/g, '-'),
        topic_title: title,
        category_id: hashOf(item.place) % 20,
        version: item.version + 1,
        user_id: Number(item.account.id),
        yours: false,
        hidden: false,
        score: 0.2,
        trust_level: 1,
        deleted_at: removed ? iso(deletedAt) : null,
        user_deleted: removed,
      },
    ],
  })}\n`;
}

/** Pages of Discourse's latest posts, one post each. */
export const discourseEncoder: Encoder = {
  format: 'discourse',
  platform: 'discourse',
  newId: discourseId,
  precisionMs: 1,
  edits: true,
  reposts: 'none',
  quotes: false,
  idPerVersion: false,
  citedId: (item) => item.id,
  post: (item) => ({
    bytes: page(item),
    shown: item.root === undefined ? `${item.title ?? ''}\n${item.text}` : item.text,
  }),
  deletion: (item, at) => page(item, at),
  accountDeletion: () => undefined,
  noise: () => undefined,
};
