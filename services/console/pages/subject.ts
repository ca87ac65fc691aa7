import { Hono } from 'hono';
import { html } from 'hono/html';
import type { Panel } from '../../../dashboards/panel.ts';
import { notePanels } from '../../../dashboards/panels/notes.ts';
import { productPanels } from '../../../dashboards/panels/product.ts';
import { reactionPanels } from '../../../dashboards/panels/reaction.ts';
import { examplesOf } from '../../store/queries/counts.ts';
import { subjectNameSql } from '../../store/queries/lists.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { Env } from '../env.ts';
import { panelCard, panelsNamed, statRow } from '../panels/card.ts';
import { scopeOf } from '../panels/data.ts';
import { postsFilter } from '../panels/links.ts';
import { Problem } from '../problem.ts';
import { isoDay, linkTo } from '../range.ts';
import { page } from '../shell.ts';
import { duplicatesChoice, levelChoice } from './choices.ts';
import { pairForest } from './pair-forest.ts';
import { readingList } from './reading.ts';

type Subject = 'product' | 'reaction';

const words = {
  product: {
    path: '/products',
    list: 'Products',
    active: 'products',
    panels: productPanels,
    stats: ['product-people', 'product-posts', 'product-reactions-count', 'product-signals'],
    first: 'product-over-time',
    second: 'product-reactions',
    narrow: ['product-by-source', 'product-roles', 'product-use'],
  },
  reaction: {
    path: '/reactions',
    list: 'Reactions',
    active: 'reactions',
    panels: reactionPanels,
    stats: ['reaction-people', 'reaction-posts', 'reaction-products-count', 'reaction-signals'],
    first: 'reaction-over-time',
    second: 'reaction-products',
    narrow: [],
  },
} as const;

/** The page of one product, or of one reaction at a level. */
export function subjectPage(subject: Subject, deps: ConsoleDeps): Hono<Env> {
  const app = new Hono<Env>();
  const { path, list, active, panels, stats, first, second, narrow } = words[subject];
  const note = notePanels[0]?.question ?? '';
  app.get(`${path}/:id`, async (c) => {
    const id = c.req.param('id');
    const level = c.req.query('level') === 'class' ? 'class' : 'term';
    const { database } = deps;
    const [known] = await database.query<{ name: string }>(
      subjectNameSql(subject === 'product' ? 'product' : level),
      { params: { id } },
    );
    if (!known) {
      throw new Problem(404, `No ${subject} of this id has been told of`, {
        detail: `Look it up in the list of ${list.toLowerCase()}; a reaction also needs its level.`,
      });
    }
    const scope = scopeOf(c, deps.clock.now(), { [subject === 'product' ? 'product' : 'term']: id, level });
    const card = (panel: Panel) => panelCard(c, database, panel, scope);
    const target = subject === 'product' ? { productId: id } : { reactionId: id, level };
    const { from, to } = scope.range;
    const days = {
      from: isoDay(from),
      to: isoDay(to - 1),
      withDuplicates: c.req.query('duplicates') === 'with',
    };
    const [numbers, over, table, pairs, small, examples] = await Promise.all([
      statRow(c, database, panelsNamed(panels, ...stats), scope),
      Promise.all(panelsNamed(panels, first).map(card)),
      Promise.all(panelsNamed(panels, second).map(card)),
      pairForest(c, deps, { ...(subject === 'product' ? { product: id } : { concept: id }), level }),
      Promise.all(panelsNamed(panels, ...narrow).map(card)),
      readingList(c, database, examplesOf(target, days, 8)),
    ]);
    const filter = postsFilter({
      ...(subject === 'product' ? { product: id } : { term: id, level }),
      duplicates: c.req.query('duplicates') ?? '',
    });
    return page(c, {
      title: known.name,
      active,
      crumbs: [[path, list]],
      styles: ['charts', 'lists', 'uplot'],
      scripts: ['chart'],
      actions: html`<a class="button" href="${linkTo(c, '/posts', filter)}">Read the posts</a>`,
      body: html`<div class="toolbar">
          ${subject === 'product' ? levelChoice(c) : ''} ${duplicatesChoice(c)}
        </div>
        ${numbers}
        <p class="note">${note}</p>
        <div class="panels">
          ${over} ${pairs} ${table} ${small.map((one) => html`<div class="third">${one}</div>`)}
        </div>
        ${examples}`,
    });
  });
  return app;
}
