import { Hono } from 'hono';
import { html } from 'hono/html';
import { auditSql, type AuditRow } from '../../store/queries/audit.ts';
import type { PostRow } from '../../store/queries/post-details.ts';
import type { ApiConfig } from '../api/api-config.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { AppContext, Env } from '../env.ts';
import { countText, timeTag } from '../format.ts';
import type { PostAnalysis } from '../post-analysis.ts';
import { readPost, type PostDetails } from '../posts.ts';
import { Problem } from '../problem.ts';
import { linkTo } from '../range.ts';
import { page, type Html } from '../shell.ts';
import { answersCard, otherAnswers, relatedCard, spansCard } from './post-parts.ts';
import { originalLink, postText } from './post-text.ts';

const mostReaders = 50;

function pairs(rows: readonly (readonly [name: string, value: Html | string | number])[]): Html {
  return html`<table class="pairs">
    <tbody>
      ${rows
        .filter(([, value]) => value !== '')
        .map(
          ([name, value]) =>
            html`<tr>
              <th scope="row">${name}</th>
              <td>${value}</td>
            </tr>`,
        )}
    </tbody>
  </table>`;
}

function facts(c: AppContext, post: PostRow): Html {
  const thread = post.threadId || post.replyTo;
  return html`<section class="card" aria-labelledby="facts-title">
    <h2 id="facts-title">The post</h2>
    ${pairs([
      ['source', html`<a href="${linkTo(c, '/posts', { source: post.source })}">${post.source}</a>`],
      ['platform', `${post.platform}, ${post.kind}`],
      ['language, country', [post.lang, post.country || 'country unknown'].join(', ')],
      ['written', timeTag(post.createdAt)],
      ['taken in', timeTag(post.seenAt)],
      ['edited', post.editedAt === null ? '' : timeTag(post.editedAt)],
      ['revision', post.revision],
      ['account', post.automated ? 'automated' : 'not known to be automated'],
      ['followers', post.followers],
      ['age', post.ageYears],
      ['marks', post.flags.join(', ')],
      ['answer to', post.replyTo],
      ['thread', thread === post.replyTo ? '' : thread],
      ['repost of', post.repostOf],
      ['links in it', post.links.length === 0 ? '' : countText(post.links.length)],
      ['cluster', html`<code>${post.cluster}</code>`],
      ['id', html`<code>${post.postId}</code>`],
    ])}
  </section>`;
}

function versions(analysis: PostAnalysis): Html {
  return html`<section class="card" aria-labelledby="versions-title">
    <h2 id="versions-title">Read by</h2>
    ${pairs([
      ['model', html`<a href="/models"><code>${analysis.model}</code></a>`],
      ['terminology', html`<code>${analysis.terminology}</code>`],
      ['thresholds', html`<code>${analysis.thresholds}</code>`],
      ['code', html`<code>${analysis.code}</code>`],
      ['run', analysis.run],
      ['gate', `${analysis.gate} (${analysis.gateScore.toFixed(2)})`],
      ['analysed', timeTag(analysis.analysedAt)],
      ['took', `${analysis.milliseconds.toFixed(1)} ms`],
      ['read whole', analysis.truncated ? 'no, it was too long for the model' : 'yes'],
    ])}
  </section>`;
}

function readersCard(readers: readonly AuditRow[]): Html {
  return html`<section class="card" aria-labelledby="readers-title">
    <h2 id="readers-title">Who looked at it</h2>
    <ul class="readers">
      ${readers.map(({ at, person, via }) => html`<li>${person} <span class="quiet">${via} · ${timeTag(at)}</span></li>`)}
    </ul>
    <p class="note">Every opening of this page is written to the audit trail.</p>
  </section>`;
}

function earlierCard(earlier: readonly PostRow[]): Html {
  if (earlier.length === 0) return html``;
  return html`<section class="card" aria-labelledby="earlier-title">
    <h2 id="earlier-title">Earlier versions</h2>
    <ol class="related">
      ${earlier.map(
        (post) =>
          html`<li>
            <p class="quiet">revision ${post.revision} · ${timeTag(post.editedAt ?? post.createdAt)}</p>
            <p class="post-text" lang="${post.lang}">${post.text}</p>
          </li>`,
      )}
    </ol>
  </section>`;
}

/** The newest answer in the live run to the newest revision; the newest of all where there is none. */
export function mainAnalysis({ post, analyses }: PostDetails): PostAnalysis | undefined {
  return (
    analyses.find(({ run, revision }) => run === 'live' && revision === post.revision) ??
    analyses.find(({ run }) => run === 'live') ??
    analyses[0]
  );
}

/** A post with everything that is known about it. Opening it is written to the audit trail first. */
export function postPage(deps: ConsoleDeps, { limits }: ApiConfig): Hono<Env> {
  const app = new Hono<Env>();
  const { database, model, clock } = deps;
  app.get('/posts/:id', async (c) => {
    const id = c.req.param('id');
    const found =
      id.length > 300
        ? undefined
        : await readPost({ database, model, querySeconds: limits.querySeconds }, id);
    if (!found) throw new Problem(404, 'There is no such post', { detail: 'It may have been deleted.' });
    await c.get('audit')('post.read', id);
    const readers = await database.query<AuditRow>(auditSql, {
      params: {
        before: clock.now() + 1,
        beforeId: '',
        person: '',
        action: 'post.read',
        object: id,
        limit: mostReaders,
      },
    });
    const { post, earlier, analyses, duplicates, thread } = found;
    const main = mainAnalysis(found);
    // Marks are offsets into the revision that was analysed.
    const analysed = [post, ...earlier].find(({ revision }) => revision === main?.revision);
    const fits = main?.revision === post.revision ? main : undefined;
    return page(c, {
      title: `Post of ${post.source}`,
      active: 'posts',
      crumbs: [['/posts', 'Posts']],
      lead: html`Written ${timeTag(post.createdAt)}; a hypothesis of a machine about one post, not a reported
      case.`,
      styles: ['findings', 'posts', 'post'],
      scripts: ['post'],
      keys: [
        ['o', 'the original, where the source gives its address'],
        ['u', 'back to the list of posts'],
      ],
      actions: html`${originalLink(post.permalink) || html`<span class="quiet">The source gives no address</span>`}`,
      body: html`<div class="with-side">
        <div class="stack">
          <section class="card" aria-label="Text">
            ${postText(post.text, post.lang, fits?.spans ?? [], fits?.products ?? [])}
            <p class="legend">
              <mark class="effect">effect</mark> <mark class="effect negated">does not count</mark>
              <mark class="drug">product</mark>
              ${fits || !main ? '' : html`<span class="quiet">This version has not been analysed yet.</span>`}
            </p>
          </section>
          ${main ? html`${spansCard(c, main, analysed?.text ?? '')} ${answersCard(main)}` : html`<p class="note">Not analysed yet.</p>`}
          ${otherAnswers(analyses.filter((one) => one !== main))} ${earlierCard(earlier)}
          ${relatedCard(c, 'Nearly the same text', 'duplicates', duplicates)}
          ${relatedCard(c, 'Same conversation', 'thread', thread)}
        </div>
        <aside aria-label="Facts">
          ${facts(c, post)} ${main ? versions(main) : ''} ${readersCard(readers)}
        </aside>
      </div>`,
    });
  });
  return app;
}
