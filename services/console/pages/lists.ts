import { Hono } from 'hono';
import { html, raw } from 'hono/html';
import { listOf, listOrders, type ListOrder, type ListRow } from '../../store/queries/lists.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { AppContext, Env } from '../env.ts';
import { countText } from '../format.ts';
import { postsFilter } from '../panels/links.ts';
import { halvesOf, isoDay, linkTo, rangeOf, type Halves, type TimeRange } from '../range.ts';
import { emptyState, page, type Html } from '../shell.ts';
import { duplicatesChoice, levelChoice } from './choices.ts';
import { binned, spark } from './spark.ts';

type Subject = 'product' | 'reaction';

const most = 500;
const words = {
  product: {
    title: 'Products',
    path: '/products',
    active: 'products',
    lead: 'Drugs and vaccines of which people tell an unwanted effect in this time.',
    above: 'kind',
  },
  reaction: {
    title: 'Reactions',
    path: '/reactions',
    active: 'reactions',
    lead: 'Unwanted effects that people tell of in this time.',
    above: 'organ class',
  },
} as const;

const columns: readonly (readonly [order: ListOrder, title: string, note: string])[] = [
  ['people', 'people', 'distinct authors'],
  ['posts', 'posts', 'distinct posts'],
  ['rise', 'before → lately', 'the rise: people of the later days against those of as many days before'],
  ['signals', 'open signals', 'signals that are not closed'],
];

/** Which days the column of the rise is about. */
function halvesNote(halves: Halves | undefined): Html {
  if (!halves)
    return html`<p class="note">Before and lately need a time of at least two whole days (UTC).</p>`;
  const { first, middle, end, days } = halves;
  const count = days === 1 ? 'a whole day' : `${days} whole days`;
  return html`<p class="note">
    Before and lately: people of ${count} each (UTC), from ${first} and from ${middle} to before ${end}.
  </p>`;
}

function head(c: AppContext, order: ListOrder, above: string): Html {
  const link = (name: ListOrder, title: string, note: string, kind: string): Html =>
    html`<th scope="col" class="${kind}" ${name === order ? raw('aria-sort="descending"') : ''}>
      <a href="${linkTo(c, c.req.path, { ...kept(c), sort: name })}" title="Sort by ${note}">${title}</a>
    </th>`;
  return html`<thead>
    <tr>
      ${link('name', 'name', 'name', '')}
      <th scope="col">${above}</th>
      ${columns.map(([name, title, note]) => link(name, title, note, 'number'))}
      <th scope="col">people by day</th>
    </tr>
  </thead>`;
}

function kept(c: AppContext): Record<string, string> {
  const names = ['find', 'level', 'duplicates', 'sort'];
  return Object.fromEntries(
    names.flatMap((name) => (c.req.query(name) ? [[name, c.req.query(name) ?? '']] : [])),
  );
}

type Shown = {
  readonly subject: Subject;
  readonly level: string;
  readonly range: TimeRange;
  readonly halves: Halves | undefined;
};

function row(c: AppContext, { subject, level, range, halves }: Shown, item: ListRow): Html {
  const { path } = words[subject];
  const duplicates = c.req.query('duplicates') ?? '';
  const filter = postsFilter({
    ...(subject === 'product' ? { product: item.id } : { term: item.id, level }),
    duplicates,
  });
  const bins = binned(item.days, item.peopleOfDays, range.from, range.to, 28);
  const own = linkTo(c, `${path}/${encodeURIComponent(item.id)}`, { ...kept(c), find: '', sort: '' });
  return html`<tr data-row tabindex="-1">
    <th scope="row"><a href="${own}">${item.name}</a></th>
    <td class="quiet">${item.above}</td>
    <td class="number"><a href="${linkTo(c, '/posts', filter)}">${countText(item.people)}</a></td>
    <td class="number"><a href="${linkTo(c, '/posts', filter)}">${countText(item.posts)}</a></td>
    <td class="number">
      ${halves ? `${countText(item.before)} → ${countText(item.recent)}` : html`<span class="quiet">–</span>`}
    </td>
    <td class="number">
      ${
        item.signals > 0
          ? html`<a
              class="badge warn"
              href="${linkTo(c, '/signals', { [subject === 'product' ? 'product' : 'concept']: item.id })}"
              >${item.signals}</a
            >`
          : html`<span class="quiet">–</span>`
      }
    </td>
    <td>${spark(bins, `${item.name}: people by day, oldest first: ${bins.join(' ')}`)}</td>
  </tr>`;
}

/** The list of products or of reactions, searchable and sortable. */
export function listPage(subject: Subject, deps: ConsoleDeps): Hono<Env> {
  const app = new Hono<Env>();
  const { title, path, active, lead, above } = words[subject];
  app.get(path, async (c) => {
    const now = deps.clock.now();
    const range = rangeOf((name) => c.req.query(name), now);
    const halves = halvesOf(range, now);
    const sort = c.req.query('sort') ?? 'people';
    const order: ListOrder = Object.hasOwn(listOrders, sort) ? (sort as ListOrder) : 'people';
    const level = subject === 'reaction' && c.req.query('level') === 'class' ? 'class' : 'term';
    const find = (c.req.query('find') ?? '').slice(0, 100);
    const { sql, params } = listOf(
      subject,
      level,
      {
        from: isoDay(range.from),
        to: isoDay(range.to - 1),
        halves,
        find,
        withDuplicates: c.req.query('duplicates') === 'with',
      },
      order,
      most,
    );
    const rows = await deps.database.query<ListRow>(sql, { params });
    return page(c, {
      title,
      active,
      lead,
      styles: ['charts', 'lists'],
      body: html`<form class="toolbar" method="get" action="${path}">
          ${Object.entries(c.req.query())
            .filter(([name]) => name !== 'find')
            .map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
          <label class="field"
            >Name contains
            <input type="search" name="find" value="${find}" maxlength="100" />
          </label>
          <button type="submit">Find</button>
          ${subject === 'reaction' ? levelChoice(c) : ''} ${duplicatesChoice(c)}
        </form>
        <section class="card" aria-label="${title}">
          ${
            rows.length === 0
              ? emptyState(
                  find === ''
                    ? 'Nobody told of an effect in this time'
                    : `No ${subject} of this name in this time`,
                  'Choose a longer time above, or look at Sources to see whether posts come in.',
                )
              : html`${halvesNote(halves)}
                  <div class="scroll" tabindex="0" role="region" aria-label="${title}">
                    <table class="rows list">
                      ${head(c, order, above)}
                      <tbody>
                        ${rows.map((item) => row(c, { subject, level, range, halves }, item))}
                      </tbody>
                    </table>
                  </div>`
          }
          ${rows.length === most ? html`<p class="note">The first ${most} are shown; find others by their name.</p>` : ''}
        </section>`,
    });
  });
  return app;
}
