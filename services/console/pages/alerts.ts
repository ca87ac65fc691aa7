import { Hono } from 'hono';
import { html, raw } from 'hono/html';
import { z } from 'zod';
import type { Delivery } from '../../../schemas/alerting.ts';
import type { AlertRow } from '../../store/queries/alerts.ts';
import { decodeCursor, encodeCursor } from '../api/fields.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { AppContext, Env } from '../env.ts';
import { countText, timeTag } from '../format.ts';
import { linkTo } from '../range.ts';
import { emptyState, page, type Html } from '../shell.ts';
import { alertPath, alertPosts, alertTabs, deliveryBadge, severityBadge } from './alert-tabs.ts';

const pageSize = 50;
const endOfTime = 9_000_000_000_000;
const place = z.number();

function rowOf(c: AppContext, alert: AlertRow, deliveries: readonly Delivery[]): Html {
  const number = (count: number): Html =>
    count === 0 ? html`–` : html`<a href="${alertPosts(c, alert)}">${countText(count)}</a>`;
  return html`<tr data-row tabindex="-1">
    <th scope="row">
      <a href="${alertPath(c, alert.id)}">${alert.title}</a>
      <p class="quiet">${alert.summary}</p>
    </th>
    <td>${severityBadge(alert.severity)}</td>
    <td class="number">${number(alert.people)}</td>
    <td class="number">${number(alert.posts)}</td>
    <td><a href="${linkTo(c, `/alerts/rules/${alert.rule}`)}">${alert.rule}</a></td>
    <td>
      ${
        alert.channels.length === 0
          ? html`<span class="quiet">shown here only</span>`
          : deliveries.map((one) => html`${deliveryBadge(one)} `)
      }
    </td>
    <td>${timeTag(alert.at)}</td>
  </tr>`;
}

/** Alerts, newest first, with what became of each on its channels. */
export function alertsPage(deps: ConsoleDeps): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/alerts', async (c) => {
    const desk = await deps.desk();
    const rule = (c.req.query('rule') ?? '').slice(0, 60);
    const cursor = c.req.query('cursor');
    const before = cursor === undefined ? endOfTime : decodeCursor(place, { rule }, cursor);
    // Alerts of one millisecond stay together: the page may be a few longer than its size.
    const [rows, rules] = await Promise.all([
      desk.alerts({ rule, before, limit: pageSize * 2 }),
      desk.rules(),
    ]);
    const last = rows[pageSize - 1]?.at ?? 0;
    const shown = rows.filter(({ at }, index) => index < pageSize || at === last);
    const deliveries = await desk.deliveries(shown.map(({ id }) => id));
    const next = rows[shown.length];
    return page(c, {
      title: 'Alerts',
      active: 'alerts',
      lead: 'What the rules have told, and whom. Counts are as they were at that time.',
      styles: ['lists', 'alerts'],
      body: html`${alertTabs(c, '/alerts')}
        <form class="toolbar" method="get" action="/alerts">
          <label class="field"
            >Rule
            <select name="rule">
              <option value="">all rules</option>
              ${rules.map(({ rule: { id, title } }) => html`<option value="${id}" ${id === rule ? raw('selected') : ''}>${title}</option>`)}
            </select>
          </label>
          <button type="submit">Show</button>
        </form>
        <section class="card">
          ${
            shown.length === 0
              ? emptyState(
                  'No alert',
                  html`A rule that finds something makes one. See the
                    <a href="${linkTo(c, '/alerts/rules')}">rules</a> and try them over the past.`,
                )
              : html`<div class="scroll" tabindex="0" role="region" aria-label="Alerts">
                  <table class="rows">
                    <thead>
                      <tr>
                        <th scope="col">alert</th>
                        <th scope="col">severity</th>
                        <th scope="col" class="number">people</th>
                        <th scope="col" class="number">posts</th>
                        <th scope="col">rule</th>
                        <th scope="col">deliveries</th>
                        <th scope="col">when</th>
                      </tr>
                    </thead>
                    <tbody>
                      ${shown.map((alert) =>
                        rowOf(
                          c,
                          alert,
                          deliveries.filter(({ alertId }) => alertId === alert.id),
                        ),
                      )}
                    </tbody>
                  </table>
                </div>`
          }
          ${
            next
              ? html`<nav class="pager" aria-label="Pages of the list">
                  <span></span
                  ><a
                    class="button"
                    rel="next"
                    href="${linkTo(c, '/alerts', { rule, cursor: encodeCursor({ rule }, next.at) })}"
                    >Older alerts</a
                  >
                </nav>`
              : ''
          }
        </section>`,
    });
  });
  return app;
}
