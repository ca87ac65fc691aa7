import { Hono } from 'hono';
import { html } from 'hono/html';
import { signalPanels } from '../../../dashboards/panels/signals.ts';
import { notePanels } from '../../../dashboards/panels/notes.ts';
import {
  signalOutcomes,
  signalTransitions,
  transitionRequestSchema,
  type SignalState,
} from '../../../schemas/signal.ts';
import { examplesOf } from '../../store/queries/counts.ts';
import {
  signalHistorySql,
  signalSql,
  type SignalEventRow,
  type SignalRow,
} from '../../store/queries/signals.ts';
import type { ConsoleDeps } from '../deps.ts';
import { includesRole, type AppContext, type Env } from '../env.ts';
import { evidenceOf } from '../evidence.ts';
import { timeTag } from '../format.ts';
import { panelCard, panelsNamed } from '../panels/card.ts';
import { scopeOf } from '../panels/data.ts';
import { Problem } from '../problem.ts';
import { isoDay, linkTo } from '../range.ts';
import { requireRole } from '../api/route.ts';
import { page, type Html } from '../shell.ts';
import { evidenceSentence, evidenceTables } from './evidence.ts';
import { readingList } from './reading.ts';
import { signalPath, signalPosts, stateBadge } from './signals.ts';

const idPattern = '/signals/:id{[0-9a-f]{16}}';

function history(steps: readonly SignalEventRow[]): Html {
  const step = ({ fromState, toState, kind, outcome }: SignalEventRow): string =>
    kind === 'evidence'
      ? 'newer evidence'
      : `${fromState === '' ? 'new' : fromState} → ${toState}${outcome === '' ? '' : `: ${outcome}`}`;
  return html`<section class="card" aria-labelledby="history-title">
    <h2 id="history-title">History</h2>
    <table class="rows">
      <thead>
        <tr>
          <th scope="col">when</th>
          <th scope="col">step</th>
          <th scope="col">by</th>
          <th scope="col">why</th>
          <th scope="col">criteria</th>
        </tr>
      </thead>
      <tbody>
        ${steps.map((one) => {
          const evidence = evidenceOf(one.evidence);
          return html`<tr>
            <td>${timeTag(one.at)}</td>
            <td>${step(one)}</td>
            <td>${one.person}</td>
            <td>${one.reason === '' && evidence ? evidenceSentence(evidence) : one.reason}</td>
            <td class="quiet">${one.criteria}</td>
          </tr>`;
        })}
      </tbody>
    </table>
  </section>`;
}

function stepForm(c: AppContext, row: SignalRow, problem: string): Html {
  const next = signalTransitions[row.state as SignalState] ?? [];
  const person = c.get('person');
  if (next.length === 0)
    return html`<p class="note">It is closed. A new rise of this pair will be a new signal.</p>`;
  if (!includesRole(person.role, 'analyst')) {
    return html`<p class="note">
      The next step is taken by an analyst; you are signed in as a ${person.role}.
    </p>`;
  }
  return html`<form class="form" method="post" action="${signalPath(c, row.signalId)}" id="step">
    ${problem === '' ? '' : html`<p class="note bad" role="alert">${problem}</p>`}
    <input type="hidden" name="afterSequence" value="${row.sequence}" />
    <label class="field"
      >Next state
      <select name="toState" required>
        ${next.map((state) => html`<option value="${state}">${state}</option>`)}
      </select>
    </label>
    <label class="field"
      >Outcome, where it is closed
      <select name="outcome">
        ${signalOutcomes.map((outcome) => html`<option value="${outcome}">${outcome === '' ? 'still open' : outcome}</option>`)}
      </select>
    </label>
    <label class="field"
      >Id of the other signal, where it is a duplicate
      <input name="duplicateOf" pattern="[0-9a-f]{16}" maxlength="16" autocomplete="off" />
    </label>
    <label class="field"
      >Why (kept in the history under your name, ${person.name})
      <textarea name="reason" required maxlength="2000"></textarea>
    </label>
    <div><button class="primary" type="submit">Take the step</button></div>
  </form>`;
}

/** A signal: its evidence, the people over time, what people made of it, and the next step. */
export function signalPage(deps: ConsoleDeps): Hono<Env> {
  const app = new Hono<Env>();
  const { database } = deps;

  async function show(c: AppContext, problem = ''): Promise<Response> {
    const id = c.req.param('id') ?? '';
    const [row] = await database.query<SignalRow>(signalSql, { params: { signal: id } });
    if (!row)
      throw new Problem(404, 'There is no such signal', { detail: 'Look it up in the list of signals.' });
    const evidence = evidenceOf(row.evidence);
    const scope = scopeOf(c, deps.clock.now(), {
      product: row.productId,
      term: row.conceptId,
      level: row.level,
    });
    const days = { from: isoDay(scope.range.from), to: isoDay(scope.range.to - 1) };
    const target = { productId: row.productId, reactionId: row.conceptId, level: row.level };
    const [steps, charts, reading] = await Promise.all([
      database.query<SignalEventRow>(signalHistorySql, { params: { signal: id } }),
      Promise.all(
        panelsNamed(signalPanels, 'signal-series').map((panel) => panelCard(c, database, panel, scope)),
      ),
      readingList(c, database, examplesOf(target, days, 8)),
    ]);
    const pair = `/products/${encodeURIComponent(row.productId)}/${encodeURIComponent(row.conceptId)}`;
    return page(c, {
      title: `${row.product} · ${row.concept}`,
      active: 'signals',
      crumbs: [['/signals', 'Signals']],
      lead: html`${stateBadge(row.state, row.outcome)} detected ${timeTag(row.detectedAt)} by ${row.criteria}`,
      actions: html`<a class="button" href="${linkTo(c, pair, { level: row.level })}">Compare the pair</a>
        <a class="button" href="${signalPosts(c, row)}">Read the posts</a>`,
      styles: ['charts', 'lists', 'uplot'],
      scripts: ['chart'],
      body: html`<div class="with-side">
        <div class="stack">
          <section class="card" aria-labelledby="evidence-title">
            <h2 id="evidence-title">Evidence</h2>
            ${
              evidence
                ? html`<p>${evidenceSentence(evidence)}.</p>
                    ${evidenceTables(evidence)}`
                : html`<p class="quiet">none was kept</p>`
            }
            <p class="note">${notePanels[0]?.question ?? ''}</p>
          </section>
          ${charts} ${reading} ${history(steps)}
        </div>
        <aside aria-label="What to do">
          <section class="card" aria-labelledby="step-title">
            <h2 id="step-title">Next step</h2>
            ${row.duplicateOf === '' ? '' : html`<p>A duplicate of <a href="${signalPath(c, row.duplicateOf)}">${row.duplicateOf}</a>.</p>`}
            ${stepForm(c, row, problem)}
          </section>
        </aside>
      </div>`,
    });
  }

  app.get(idPattern, (c) => show(c));
  app.post(idPattern, async (c) => {
    requireRole(c, 'analyst');
    const form = await c.req.parseBody();
    const { afterSequence, ...rest } = form;
    const request = transitionRequestSchema.safeParse({
      ...rest,
      signalId: c.req.param('id'),
      ...(typeof afterSequence === 'string' ? { afterSequence: Number(afterSequence) } : {}),
    });
    if (!request.success) {
      c.status(422);
      return show(
        c,
        request.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
      );
    }
    const outcome = await deps.transition(request.data, c.get('person').name);
    if (!outcome.ok) {
      c.status(outcome.why === 'changed-meanwhile' ? 409 : 422);
      return show(c, `The signal stays as it was: ${outcome.message}.`);
    }
    const { signalId, ...detail } = request.data;
    await c.get('audit')('signal.transition', signalId, { ...detail, sequence: outcome.sequence });
    return c.redirect(signalPath(c, signalId), 303);
  });
  return app;
}
