import { Hono } from 'hono';
import { html, raw } from 'hono/html';
import { duration, durationMs, type StoredRule } from '../../../schemas/alerting.ts';
import { requireRole } from '../api/route.ts';
import type { ConsoleDeps } from '../deps.ts';
import { includesRole, type AppContext, type Env } from '../env.ts';
import { timeTag } from '../format.ts';
import { Problem } from '../problem.ts';
import { linkTo } from '../range.ts';
import { emptyState, page, type Html } from '../shell.ts';
import { alertTabs, formTexts, problemNote } from './alert-tabs.ts';

const lengths = [
  ['1h', 'an hour'],
  ['8h', '8 hours'],
  ['1d', 'a day'],
  ['1w', 'a week'],
  ['4w', '4 weeks'],
] as const;

function addForm(c: AppContext, rules: readonly StoredRule[], problem: string): Html {
  const asked = (name: string): string => (c.req.query(name) ?? '').slice(0, 100);
  return html`<section class="card" aria-labelledby="add-title">
    <h2 id="add-title">New silence</h2>
    ${problemNote(problem)}
    <form class="form" method="post" action="/alerts/silences">
      <input type="hidden" name="do" value="add" />
      <label class="field"
        >Alerts of
        <select name="rule">
          <option value="">every rule</option>
          ${rules.map(({ rule: { id, title } }) => html`<option value="${id}" ${id === asked('rule') ? raw('selected') : ''}>${title}</option>`)}
        </select>
      </label>
      <label class="field"
        >Only of the product with the id
        <input name="productId" maxlength="100" value="${asked('productId')}" placeholder="any product"
      /></label>
      <label class="field"
        >Only of the reaction with the id
        <input name="conceptId" maxlength="100" value="${asked('conceptId')}" placeholder="any reaction"
      /></label>
      <label class="field"
        >From now for
        <select name="for">
          ${lengths.map(([value, name]) => html`<option value="${value}" ${value === '1d' ? raw('selected') : ''}>${name}</option>`)}
        </select>
      </label>
      <label class="field">Why <input name="reason" required maxlength="500" autocomplete="off" /></label>
      <div><button class="primary">Silence</button></div>
    </form>
  </section>`;
}

/** Silences: alerts that are shown but not sent, for a while. */
export function silencesPage(deps: ConsoleDeps): Hono<Env> {
  const app = new Hono<Env>();

  async function show(c: AppContext, problem = ''): Promise<Response> {
    const desk = await deps.desk();
    const [silences, rules] = await Promise.all([desk.silences(), desk.rules()]);
    const mayChange = includesRole(c.get('person').role, 'analyst');
    return page(c, {
      title: 'Silences',
      active: 'alerts',
      crumbs: [['/alerts', 'Alerts']],
      lead: 'While a silence lasts, its alerts are shown in the list but not sent.',
      styles: ['lists', 'alerts'],
      body: html`${alertTabs(c, '/alerts/silences')}
        <div class="with-side">
          <section class="card">
            ${
              silences.length === 0
                ? emptyState('Nothing is silenced', 'Every alert is sent to its channels.')
                : html`<div class="scroll" tabindex="0" role="region" aria-label="Silences in force">
                    <table class="rows">
                      <thead>
                        <tr>
                          <th scope="col">alerts of</th>
                          <th scope="col">product</th>
                          <th scope="col">reaction</th>
                          <th scope="col">until</th>
                          <th scope="col">why</th>
                          <th scope="col">by</th>
                          <th scope="col"><span class="visually-hidden">change</span></th>
                        </tr>
                      </thead>
                      <tbody>
                        ${silences.map(
                          (one) =>
                            html`<tr data-row tabindex="-1">
                              <th scope="row">${one.rule || 'every rule'}</th>
                              <td>${one.productId || 'any'}</td>
                              <td>${one.conceptId || 'any'}</td>
                              <td>${timeTag(one.until)}</td>
                              <td>${one.reason}</td>
                              <td>${one.person}</td>
                              <td class="number">
                                ${
                                  mayChange
                                    ? html`<form method="post" action="/alerts/silences">
                                        <input type="hidden" name="do" value="end" />
                                        <input type="hidden" name="id" value="${one.id}" />
                                        <button aria-label="End the silence of ${one.rule || 'every rule'}">
                                          End
                                        </button>
                                      </form>`
                                    : ''
                                }
                              </td>
                            </tr>`,
                        )}
                      </tbody>
                    </table>
                  </div>`
            }
          </section>
          <aside aria-label="New silence">${mayChange ? addForm(c, rules, problem) : ''}</aside>
        </div>`,
    });
  }

  app.get('/alerts/silences', (c) => show(c));
  app.post('/alerts/silences', async (c) => {
    requireRole(c, 'analyst');
    const text = await formTexts(c);
    const desk = await deps.desk();
    const person = c.get('person').name;
    if (text('do') === 'end') {
      const id = text('id').slice(0, 64);
      const ended = await desk.endSilence(id, person);
      if (!ended.ok) throw new Problem(404, 'There is no such silence, or it has ended');
      await c.get('audit')('silence.end', id);
      return c.redirect(linkTo(c, '/alerts/silences'), 303);
    }
    const length = duration.safeParse(text('for'));
    const from = deps.clock.now();
    const added = length.success
      ? await desk.silence(
          {
            rule: text('rule'),
            productId: text('productId').trim(),
            conceptId: text('conceptId').trim(),
            reason: text('reason'),
            from,
            until: from + durationMs(length.data),
          },
          person,
        )
      : { ok: false as const, problem: 'for: write it as 8h or 1d' };
    if (!added.ok) {
      c.status(422);
      return show(c, added.problem);
    }
    await c.get('audit')('silence.add', added.silence.id, added.silence);
    return c.redirect(linkTo(c, '/alerts/silences'), 303);
  });
  return app;
}
