import { Hono } from 'hono';
import { html } from 'hono/html';
import { overviewPanels } from '../../../dashboards/panels/overview.ts';
import { alertsSql, type AlertRow } from '../../store/queries/alerts.ts';
import { examplesOf } from '../../store/queries/counts.ts';
import { signalsSql, type SignalRow } from '../../store/queries/signals.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { AppContext, Env } from '../env.ts';
import { counted, timeTag } from '../format.ts';
import { panelCard, panelsNamed, statRow, withoutColumns } from '../panels/card.ts';
import { scopeOf } from '../panels/data.ts';
import { isoDay, linkTo } from '../range.ts';
import { emptyState, page, type Html } from '../shell.ts';
import { livePart } from './live.ts';
import { readingList } from './reading.ts';
import { signalPath, signalTable } from './signals.ts';

const openStates = ['detected', 'validated', 'prioritised', 'under-assessment'];
const dayMs = 86_400_000;
const tones: Readonly<Record<string, string>> = { critical: 'bad', warning: 'warn', info: '' };

function signalsCard(c: AppContext, rows: readonly SignalRow[], now: number): Html {
  return html`<section class="card" aria-labelledby="open-signals">
    <div class="bar">
      <h2 id="open-signals">What changed</h2>
      <a href="${linkTo(c, '/signals')}">All signals</a>
    </div>
    ${
      rows.length === 0
        ? emptyState(
            'No open signal',
            'All pairs of product and reaction are looked at every minute; what clearly more people than expected tell of stands here.',
          )
        : signalTable(c, rows, now)
    }
  </section>`;
}

function alertTitle({ title, product, concept }: AlertRow): string {
  const pair = [product, concept].filter((name) => name !== '').join(' · ');
  return pair === '' || title.includes(pair) ? title : `${title}: ${pair}`;
}

function alertsCard(c: AppContext, rows: readonly AlertRow[]): Html {
  return html`<section class="card" aria-labelledby="alerts-title">
    <div class="bar">
      <h2 id="alerts-title">Alerts of the last day</h2>
      <a href="${linkTo(c, '/alerts')}">All alerts</a>
    </div>
    ${
      rows.length === 0
        ? emptyState('Nothing was told', 'Rules and their channels are under Alerts.')
        : html`<ul class="alert-list">
            ${rows.map(
              (row) =>
                html`<li data-row tabindex="-1">
                  <span class="badge ${tones[row.severity] ?? ''}">${row.severity}</span>
                  <a href="${row.signalId === '' ? linkTo(c, '/alerts') : signalPath(c, row.signalId)}"
                    >${alertTitle(row)}</a
                  >
                  <span class="quiet">${counted(row.people, 'people')} · ${timeTag(row.at)}</span>
                </li>`,
            )}
          </ul>`
    }
  </section>`;
}

/** Today: what changed, what was told, what to read first; below, what comes in at this moment. */
export function todayPage(deps: ConsoleDeps): Hono<Env> {
  const app = new Hono<Env>();
  const { database } = deps;
  app.get('/', async (c) => {
    const now = deps.clock.now();
    const scope = scopeOf(c, now);
    const card = async (...ids: string[]): Promise<Html[]> =>
      Promise.all(panelsNamed(overviewPanels, ...ids).map((panel) => panelCard(c, database, panel, scope)));
    const lastDays = { from: isoDay(now - 2 * dayMs), to: isoDay(now) };
    const [numbers, signals, alerts, movers, people, rest, reading] = await Promise.all([
      statRow(
        c,
        database,
        panelsNamed(overviewPanels, 'posts-read', 'effect-posts', 'effect-people', 'new-signals'),
        scope,
      ),
      database.query<SignalRow>(signalsSql, {
        params: { run: 'live', states: openStates, products: [], concepts: [], before: now + 1000, limit: 8 },
      }),
      database.query<AlertRow>(alertsSql, { params: { before: now, rule: '', limit: 50 } }),
      Promise.all(
        panelsNamed(overviewPanels, 'top-movers').map((panel) =>
          panelCard(c, database, withoutColumns(panel, 'presets', 'ror_lo', 'eb05'), scope, 10),
        ),
      ),
      card('people-by-day'),
      card('posts-by-source', 'coverage'),
      readingList(c, database, examplesOf({}, lastDays, 6), 'Read first: the surest of the last two days'),
    ]);
    return page(c, {
      title: 'Today',
      active: 'today',
      scripts: ['chart', 'live'],
      styles: ['charts', 'lists', 'uplot', 'today', 'findings'],
      keys: [['p', 'hold the list of live findings still, or let it run']],
      actions: html`<span id="connection" class="badge wait" role="status">connecting</span>`,
      body: html`${numbers}
        <div class="with-side wide-side">
          <div class="stack">${signalsCard(c, signals, now)} ${movers} ${people}</div>
          <aside aria-label="Alerts and reading">
            ${alertsCard(c, alerts.filter(({ at }) => at > now - dayMs).slice(0, 10))} ${reading}
          </aside>
        </div>
        <div class="panels">${rest}</div>
        ${livePart(deps.model.tasks)}`,
    });
  });
  return app;
}
