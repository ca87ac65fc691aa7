import { Hono } from 'hono';
import { html, raw } from 'hono/html';
import { signalStates, type SignalState } from '../../../schemas/signal.ts';
import { namedSql, type NamedRow } from '../../store/queries/names.ts';
import { signalsSql, signalStatesSql, type SignalRow } from '../../store/queries/signals.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { AppContext, Env } from '../env.ts';
import { evidenceOf } from '../evidence.ts';
import { countText, durationText, timeTag } from '../format.ts';
import { postsFilter } from '../panels/links.ts';
import { linkTo } from '../range.ts';
import { emptyState, page, type Html } from '../shell.ts';
import { evidenceSentence } from './evidence.ts';

const most = 200;
const open = signalStates.filter((state) => state !== 'closed');
const tones: Readonly<Record<string, string>> = { detected: 'warn', validated: 'accent', prioritised: 'bad' };

/** A state as a badge, with the outcome of a closed signal. */
export function stateBadge(state: string, outcome: string): Html {
  return html`<span class="badge ${tones[state] ?? ''}"
    >${state}${outcome === '' ? '' : `: ${outcome}`}</span
  >`;
}

export function signalPath(c: AppContext, id: string): string {
  return linkTo(c, `/signals/${id}`);
}

/** Address of the posts of a signal, of the days of its evidence. */
export function signalPosts(c: AppContext, row: SignalRow): string {
  const evidence = evidenceOf(row.evidence);
  const filter = postsFilter({ product: row.productId, term: row.conceptId, level: row.level });
  return linkTo(c, '/posts', evidence ? { ...filter, from: evidence.from, to: evidence.to } : filter);
}

/** Signals as rows, for every page that lists some. */
export function signalTable(c: AppContext, rows: readonly SignalRow[], now: number): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Signals">
    <table class="rows">
      <thead>
        <tr>
          <th scope="col">product and reaction</th>
          <th scope="col">state</th>
          <th scope="col">what changed</th>
          <th scope="col" class="number">people</th>
          <th scope="col" class="number">age</th>
          <th scope="col">last step</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map((row) => {
          const evidence = evidenceOf(row.evidence);
          return html`<tr data-row tabindex="-1">
            <th scope="row">
              <a href="${signalPath(c, row.signalId)}">${row.product} · ${row.concept}</a>
              ${row.level === 'term' ? '' : html`<small class="quiet">(${row.level})</small>`}
            </th>
            <td>${stateBadge(row.state, row.outcome)}</td>
            <td>${evidence ? evidenceSentence(evidence) : ''}</td>
            <td class="number">
              ${evidence ? html`<a href="${signalPosts(c, row)}">${countText(evidence.n11)}</a>` : '–'}
            </td>
            <td class="number">${durationText((now - row.detectedAt) / 1000)}</td>
            <td>${timeTag(row.stateAt)} <span class="quiet">by ${row.person}</span></td>
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}

type Filter = { readonly products: readonly string[]; readonly concepts: readonly string[] };
type StateCount = { readonly state: SignalState; readonly outcome: string; readonly signals: number };

function filterOf(c: AppContext): Filter {
  const given = (name: string): string[] => (c.req.queries(name) ?? []).filter((value) => value !== '');
  return { products: given('product'), concepts: given('concept') };
}

/** The products and reactions that the list is limited to, each with a link to the list without it. */
async function filterNote(c: AppContext, { database }: ConsoleDeps, filter: Filter): Promise<Html> {
  const { products, concepts } = filter;
  if (products.length + concepts.length === 0) return html``;
  const names = await database.query<NamedRow>(namedSql, {
    params: { products, concepts, classes: concepts },
  });
  const one = (name: string, id: string): Html => {
    const { searchParams } = new URL(c.req.url);
    searchParams.delete(name, id);
    return html`<a class="chip" href="/signals?${searchParams.toString()}" title="Signals of others, too"
      >${names.find((row) => row.id === id)?.name ?? id} <span aria-hidden="true">×</span
      ><span class="visually-hidden">, remove</span></a
    > `;
  };
  return html`<p class="note" id="filter">
    Only signals of ${products.map((id) => one('product', id))} ${concepts.map((id) => one('concept', id))}
  </p>`;
}

/** Tabs of the states with how many signals of the filter are in each; the filter goes along. */
function stateTabs(c: AppContext, asked: string, counts: readonly StateCount[]): Html {
  const tab = (name: string, text: string, wanted: readonly string[]): Html => {
    const count = counts
      .filter(({ state }) => wanted.length === 0 || wanted.includes(state))
      .reduce((sum, { signals }) => sum + signals, 0);
    const { searchParams } = new URL(c.req.url);
    searchParams.set('state', name);
    return html`<a
      href="/signals?${searchParams.toString()}"
      ${name === asked ? raw('aria-current="page"') : ''}
      >${text} <small>${countText(count)}</small></a
    >`;
  };
  return html`<nav class="tabs" aria-label="States">
    ${tab('open', 'Open', open)} ${signalStates.map((state) => tab(state, state, [state]))}
    ${tab('all', 'All', [])}
  </nav>`;
}

/** The list of signals, open ones unless another state is asked for, of all or of some products and reactions. */
export function signalsPage(deps: ConsoleDeps): Hono<Env> {
  const app = new Hono<Env>();
  const { database, clock } = deps;
  app.get('/signals', async (c) => {
    const asked = c.req.query('state') ?? 'open';
    const states: readonly string[] =
      asked === 'open' ? open : asked === 'all' ? [] : signalStates.filter((state) => state === asked);
    const filter = filterOf(c);
    const [rows, counts, note] = await Promise.all([
      database.query<SignalRow>(signalsSql, {
        params: { run: 'live', states, ...filter, before: clock.now() + 1000, limit: most },
      }),
      database.query<StateCount>(signalStatesSql, { params: { run: 'live', ...filter } }),
      filterNote(c, deps, filter),
    ]);
    return page(c, {
      title: 'Signals',
      active: 'signals',
      lead: 'What the machine has detected, and what people have made of it. A signal is a hypothesis until a person has closed it.',
      styles: ['charts', 'lists'],
      body: html`${note} ${stateTabs(c, asked, counts)}
        <section class="card" aria-label="Signals">
          ${
            rows.length === 0
              ? emptyState(
                  'No signal here',
                  'Pairs are looked at every minute. A signal appears when clearly more people than expected tell of one.',
                )
              : signalTable(c, rows, clock.now())
          }
          ${
            rows.length === most
              ? html`<p class="note">
                  The ${most} that changed last are shown. Products and Reactions link to the signals of one
                  of them.
                </p>`
              : ''
          }
        </section>`,
    });
  });
  return app;
}
