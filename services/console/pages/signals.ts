import { Hono } from 'hono';
import { html, raw } from 'hono/html';
import { signalStates, type SignalState } from '../../../schemas/signal.ts';
import { signalsSql, signalStatesSql, type SignalRow } from '../../store/queries/signals.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { AppContext, Env } from '../env.ts';
import { countText, durationText, timeTag } from '../format.ts';
import { postsFilter } from '../panels/links.ts';
import { linkTo } from '../range.ts';
import { emptyState, page, type Html } from '../shell.ts';
import { evidenceOf, evidenceSentence } from './evidence.ts';

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
          const filter = postsFilter({ product: row.productId, term: row.conceptId, level: row.level });
          return html`<tr data-row tabindex="-1">
            <th scope="row">
              <a href="${signalPath(c, row.signalId)}">${row.product} · ${row.concept}</a>
              ${row.level === 'term' ? '' : html`<small class="quiet">(${row.level})</small>`}
            </th>
            <td>${stateBadge(row.state, row.outcome)}</td>
            <td>${evidence ? evidenceSentence(evidence) : ''}</td>
            <td class="number">
              ${evidence ? html`<a href="${linkTo(c, '/posts', filter)}">${countText(evidence.n11)}</a>` : '–'}
            </td>
            <td class="number">${durationText((now - row.detectedAt) / 1000)}</td>
            <td>${timeTag(row.stateAt)} <span class="quiet">by ${row.person}</span></td>
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}

/** The list of signals, open ones unless another state is asked for. */
export function signalsPage(deps: ConsoleDeps): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/signals', async (c) => {
    const asked = c.req.query('state') ?? 'open';
    const states: readonly string[] =
      asked === 'open' ? open : asked === 'all' ? [] : signalStates.filter((state) => state === asked);
    const lists = (name: string): readonly string[] =>
      (c.req.queries(name) ?? []).filter((value) => value !== '');
    const [rows, counts] = await Promise.all([
      deps.database.query<SignalRow>(signalsSql, {
        params: {
          run: 'live',
          states,
          products: lists('product'),
          concepts: lists('concept'),
          before: deps.clock.now() + 1000,
          limit: most,
        },
      }),
      deps.database.query<{ state: SignalState; outcome: string; signals: number }>(signalStatesSql, {
        params: { run: 'live' },
      }),
    ]);
    const countOf = (wanted: readonly string[]): number =>
      counts
        .filter(({ state }) => wanted.length === 0 || wanted.includes(state))
        .reduce((sum, one) => sum + one.signals, 0);
    const tab = (name: string, text: string, wanted: readonly string[]): Html =>
      html`<a
        href="${linkTo(c, '/signals', { state: name })}"
        ${name === asked ? raw('aria-current="page"') : ''}
        >${text} <small>${countOf(wanted)}</small></a
      >`;
    return page(c, {
      title: 'Signals',
      active: 'signals',
      lead: 'What the machine has detected, and what people have made of it. A signal is a hypothesis until a person has closed it.',
      styles: ['charts', 'lists'],
      body: html`<nav class="tabs" aria-label="States">
          ${tab('open', 'Open', open)} ${signalStates.map((state) => tab(state, state, [state]))}
          ${tab('all', 'All', [])}
        </nav>
        <section class="card" aria-label="Signals">
          ${
            rows.length === 0
              ? emptyState(
                  'No signal here',
                  'Pairs are looked at every minute. A signal appears when clearly more people than expected tell of one.',
                )
              : signalTable(c, rows, deps.clock.now())
          }
        </section>`,
    });
  });
  return app;
}
