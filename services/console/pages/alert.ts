import { Hono } from 'hono';
import { html } from 'hono/html';
import type { AttemptRow, AlertRow } from '../../store/queries/alerts.ts';
import type { Delivery } from '../../../schemas/alerting.ts';
import { requireRole } from '../api/route.ts';
import type { ConsoleDeps } from '../deps.ts';
import { includesRole, type AppContext, type Env } from '../env.ts';
import { counted, countText, numberText, timeTag } from '../format.ts';
import { Problem } from '../problem.ts';
import { linkTo } from '../range.ts';
import { emptyState, page, type Html } from '../shell.ts';
import { alertPath, alertPosts, deliveryBadge, formTexts, problemNote, severityBadge } from './alert-tabs.ts';
import { postPath } from './post-text.ts';

function about(c: AppContext, alert: AlertRow): Html {
  const { productId, product, conceptId, concept, classId, class: group, source } = alert;
  const term = conceptId || classId;
  const level = conceptId === '' ? 'class' : 'term';
  const rows: (readonly [string, Html | string])[] = [
    [
      'rule',
      html`<a href="${linkTo(c, `/alerts/rules/${alert.rule}`)}">${alert.rule}</a>, version
        ${alert.ruleVersion}`,
    ],
    [
      'product',
      productId === ''
        ? ''
        : html`<a href="${linkTo(c, `/products/${encodeURIComponent(productId)}`)}">${product}</a>`,
    ],
    [
      'reaction',
      term === ''
        ? ''
        : html`<a href="${linkTo(c, `/reactions/${encodeURIComponent(term)}`, { level })}"
            >${concept || group}</a
          >`,
    ],
    ['source', source],
    [
      'signal',
      alert.signalId === ''
        ? ''
        : html`<a href="${linkTo(c, `/signals/${alert.signalId}`)}">${alert.signalId}</a>`,
    ],
    ['told by', alert.people === 0 ? '' : counted(alert.people, 'people')],
    [
      'in',
      alert.posts === 0 ? '' : html`<a href="${alertPosts(c, alert)}">${counted(alert.posts, 'posts')}</a>`,
    ],
    [
      alert.statistic,
      ['', 'people', 'posts'].includes(alert.statistic) ? '' : numberText(alert.value, undefined),
    ],
    ['looked at', html`${timeTag(alert.from)} to ${timeTag(alert.to)}`],
    ['made', timeTag(alert.at)],
    ['held until', alert.sendAt > alert.at ? timeTag(alert.sendAt) : ''],
    ['text of posts', alert.includeText ? 'goes along' : 'stays here'],
  ];
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

function attemptsTable(attempts: readonly AttemptRow[]): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Attempts">
    <table class="rows">
      <thead>
        <tr>
          <th scope="col">when</th>
          <th scope="col">channel</th>
          <th scope="col">outcome</th>
          <th scope="col">why</th>
          <th scope="col" class="number">status</th>
          <th scope="col" class="number">took</th>
          <th scope="col">next</th>
          <th scope="col">by</th>
        </tr>
      </thead>
      <tbody>
        ${attempts.map(
          (one) =>
            html`<tr>
              <td>${timeTag(one.at)}</td>
              <td>${one.channel}</td>
              <td>${one.outcome}</td>
              <td>${one.reason === 'none' ? '' : one.reason}</td>
              <td class="number">${one.status === 0 ? '–' : one.status}</td>
              <td class="number">${countText(one.milliseconds)} ms</td>
              <td>${one.nextAt > one.at ? timeTag(one.nextAt) : '–'}</td>
              <td>${one.person || 'the monitor'}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function deliveriesCard(
  c: AppContext,
  alert: AlertRow,
  deliveries: readonly Delivery[],
  mayChange: boolean,
): Html {
  return html`<section class="card" aria-labelledby="deliveries-title">
    <h2 id="deliveries-title">Deliveries</h2>
    ${
      alert.channels.length === 0
        ? emptyState(
            'Shown here only',
            'No channel is configured for this rule: see alert.channels in the settings.',
          )
        : html`<ul class="deliveries">
            ${alert.channels.map((channel) => {
              const one = deliveries.find((delivery) => delivery.channel === channel);
              return html`<li>
                ${one ? deliveryBadge(one) : html`<span class="badge warn">${channel}: waiting</span>`}
                ${
                  mayChange
                    ? html`<form method="post" action="${alertPath(c, alert.id)}">
                        <input type="hidden" name="channel" value="${channel}" />
                        <button>Send again</button>
                      </form>`
                    : ''
                }
              </li>`;
            })}
          </ul>`
    }
  </section>`;
}

/** One alert: what it says, what it rests on, and every attempt to deliver it. */
export function alertPage(deps: ConsoleDeps): Hono<Env> {
  const app = new Hono<Env>();

  async function show(c: AppContext, problem = ''): Promise<Response> {
    const id = (c.req.param('id') ?? '').slice(0, 100);
    const desk = await deps.desk();
    const alert = await desk.alert(id);
    if (!alert)
      throw new Problem(404, 'There is no such alert', { detail: 'Look it up in the list of alerts.' });
    const [deliveries, attempts] = await Promise.all([desk.deliveries([id]), desk.attempts(id)]);
    const mayChange = includesRole(c.get('person').role, 'analyst');
    const silence = { rule: alert.rule, productId: alert.productId, conceptId: alert.conceptId };
    return page(c, {
      title: alert.title,
      active: 'alerts',
      crumbs: [['/alerts', 'Alerts']],
      lead: html`${severityBadge(alert.severity)} ${alert.summary}`,
      styles: ['lists', 'alerts'],
      actions: mayChange
        ? html`<a class="button" href="${linkTo(c, '/alerts/silences', silence)}">Silence such alerts</a>`
        : html``,
      body: html`${problemNote(problem)}
        <div class="with-side">
          <div class="stack">
            ${deliveriesCard(c, alert, deliveries, mayChange)}
            <section class="card" aria-labelledby="attempts-title">
              <h2 id="attempts-title">Every attempt</h2>
              ${attempts.length === 0 ? html`<p class="quiet">None yet.</p>` : attemptsTable(attempts)}
              <p class="note">All attempts carry the same id, so that a receiver can tell a repetition.</p>
            </section>
          </div>
          <aside aria-label="What it rests on">
            <section class="card" aria-labelledby="about-title">
              <h2 id="about-title">What it rests on</h2>
              ${about(c, alert)}
            </section>
            <section class="card" aria-labelledby="examples-title">
              <h2 id="examples-title">Example posts</h2>
              ${
                alert.examples.length === 0
                  ? html`<p class="quiet">None.</p>`
                  : html`<ul class="plain-list">
                      ${alert.examples.map((post) => html`<li data-row tabindex="-1"><a href="${postPath(c, post)}">${post}</a></li>`)}
                    </ul>`
              }
            </section>
          </aside>
        </div>`,
    });
  }

  app.get('/alerts/:id', (c) => show(c));
  app.post('/alerts/:id', async (c) => {
    requireRole(c, 'analyst');
    const text = await formTexts(c);
    const id = c.req.param('id');
    const channel = text('channel').slice(0, 60);
    const sent = await (await deps.desk()).resend(id, channel, c.get('person').name);
    if (!sent.ok) {
      c.status(422);
      return show(c, `It is not sent again: ${sent.problem}.`);
    }
    await c.get('audit')('delivery.resend', id, { channel });
    return c.redirect(alertPath(c, id), 303);
  });
  return app;
}
