import { Hono } from 'hono';
import { html } from 'hono/html';
import { VigilError } from '../../shared/errors.ts';
import { classesSql, sourceNamesSql } from '../../store/queries/names.ts';
import { postsCountOf } from '../../store/queries/search.ts';
import type { ApiConfig } from '../api/api-config.ts';
import { askedOf } from '../api/posts.ts';
import type { ConsoleDeps } from '../deps.ts';
import { includesRole, type AppContext, type Env } from '../env.ts';
import { counted, timeTag } from '../format.ts';
import { findPosts, type ListedPost } from '../posts.ts';
import { linkTo } from '../range.ts';
import { emptyState, icon, page, type Html } from '../shell.ts';
import {
  aboutChips,
  originalLink,
  postPath,
  postText,
  probabilityBar,
  probabilityText,
} from './post-text.ts';
import { apiQuery, askedPosts, type Asked } from './posts-filter.ts';
import { postsForm } from './posts-form.ts';
import { changeViews, viewsBar } from './saved-views.ts';

/** A count of a search is worth so long a wait and no more; the list is there without it. */
const countSeconds = 3;

function listed(c: AppContext, post: ListedPost): Html {
  const { adverseEffect: answer } = post;
  return html`<li class="post" data-row tabindex="-1">
    <div class="post-side">
      <a href="${postPath(c, post.postId)}" class="post-open">${timeTag(post.createdAt)}</a>
      <span class="quiet">${post.source}${post.country ? ` · ${post.country}` : ''}</span>
      ${
        answer
          ? html`<span class="sure" title="${answer.title}: ${answer.label}"
              >${probabilityBar(answer)} ${probabilityText(answer)}</span
            >`
          : html`<span class="quiet">not analysed</span>`
      }
    </div>
    <div>
      ${postText(post.text, post.lang, post.spans, post.products)}
      <p class="chips">
        ${aboutChips(c, post.spans, post.products)}
        ${post.automated ? html`<span class="badge warn">automated account</span>` : ''}
        ${post.advert ? html`<span class="badge warn">suspected advert</span>` : ''}
        ${post.revision > 0 ? html`<span class="badge">edited</span>` : ''} ${originalLink(post.permalink)}
      </p>
    </div>
  </li>`;
}

function exportLinks(c: AppContext, asked: Asked): Html {
  if (!includesRole(c.get('person').role, 'analyst'))
    return html`<span class="quiet">Exports are for analysts.</span>`;
  const params = apiQuery(asked);
  return html`<span class="quiet">${icon('download')} Export</span> ${(
      [
        ['csv', 'CSV'],
        ['ndjson', 'NDJSON'],
        ['parquet', 'Parquet'],
      ] as const
    ).map(([format, name]) => {
      params.set('format', format);
      return html`<a class="button" href="/api/v1/posts/export?${params.toString()}" download>${name}</a> `;
    })}`;
}

/** Where the next and the first page of the same filter are. */
function pager(c: AppContext, next: string | null): Html {
  if (next === null && c.req.query('cursor') === undefined) return html``;
  const params = new URL(c.req.url).searchParams;
  const cursor = params.get('cursor');
  params.delete('cursor');
  const first = params.toString();
  if (next !== null) params.set('cursor', next);
  return html`<nav class="pager" aria-label="Pages of the list">
    ${cursor === null ? html`<span></span>` : html`<a class="button" href="/posts?${first}" rel="first">Newest</a>`}
    ${next === null ? html`<span>That is all.</span>` : html`<a class="button" href="/posts?${params.toString()}" rel="next">Older posts</a>`}
  </nav>`;
}

/** Posts: full-text search with the filter in the address, saved views and exports. */
export function postsPage(deps: ConsoleDeps, { limits }: ApiConfig): Hono<Env> {
  const app = new Hono<Env>();
  const { database, model } = deps;
  const reading = { database, model, querySeconds: limits.querySeconds };

  /** Posts and people of a filter; undefined where counting them takes too long. */
  async function countOf({ filter }: Asked): Promise<{ posts: number; people: number } | undefined> {
    const { sql, params } = postsCountOf(filter);
    try {
      const [row] = await database.query<{ posts: number; people: number }>(
        `${sql}\nSETTINGS max_execution_time = ${Math.min(countSeconds, limits.querySeconds)}`,
        { params },
      );
      return row;
    } catch (error) {
      if (error instanceof VigilError && error.canRetry) return undefined;
      throw error;
    }
  }

  app.get('/posts', async (c) => {
    const asked = await askedPosts(c, deps);
    const [found, count, classes, sources, views] = await Promise.all([
      findPosts(reading, asked.filter, asked.query),
      countOf(asked),
      database.query<{ id: string; name: string }>(classesSql),
      database.query<{ name: string }>(sourceNamesSql),
      viewsBar(c, deps),
    ]);
    await c.get('audit')('posts.search', '', { ...askedOf(asked.filter), posts: found.items.length });
    return page(c, {
      title: 'Posts',
      active: 'posts',
      lead: count
        ? html`<b>${counted(count.posts, 'posts')}</b> by ${counted(count.people, 'people')}, newest first`
        : 'More posts than can be counted quickly, newest first',
      styles: ['findings', 'posts'],
      scripts: ['posts'],
      keys: [['n', 'older posts']],
      actions: exportLinks(c, asked),
      body: html`${postsForm(c, asked, { classes, sources: sources.map(({ name }) => name) })} ${views}
        ${asked.unknown.map((name) => html`<p class="note bad" role="status">No product, reaction or class “${name}” is known here.</p>`)}
        <section class="card" aria-labelledby="list-title">
          <div class="bar">
            <h2 id="list-title">Found</h2>
            <p class="legend">
              <mark class="effect">effect</mark> <mark class="effect negated">does not count</mark>
              <mark class="drug">product</mark>
            </p>
          </div>
          ${
            found.items.length === 0
              ? emptyState(
                  'No post fits',
                  html`Take a longer time above, fewer words or conditions, or
                    <a href="${linkTo(c, '/posts')}">look at all posts</a>.`,
                )
              : html`<ol class="post-list">
                  ${found.items.map((post) => listed(c, post))}
                </ol>`
          }
          ${pager(c, found.next)}
        </section>`,
    });
  });
  app.post('/posts', (c) => changeViews(c, deps));
  return app;
}
