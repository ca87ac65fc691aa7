import { Hono } from 'hono';
import { html } from 'hono/html';
import type { ConsoleDeps } from '../deps.ts';
import type { Env } from '../env.ts';
import { page, type Html } from '../shell.ts';

const stages = [
  ['ingest', 'Ingest', 'read, masked and appended to the log'],
  ['infer', 'Infer', 'gated and analysed by the model'],
  ['store', 'Store', 'inserted into ClickHouse'],
] as const;

function stage([id, title, what]: (typeof stages)[number]): Html {
  return html`<div class="card stage" id="stage-${id}">
    <h2>${title}</h2>
    <p class="rate"><b class="per-second">–</b> posts/s</p>
    <svg
      class="spark"
      viewBox="0 0 120 28"
      preserveAspectRatio="none"
      role="img"
      aria-label="${title}: posts a second over the last two minutes"
    ></svg>
    <p class="note">${id === 'ingest' ? what : html`<b class="lag">–</b> waiting, ${what}`}</p>
  </div>`;
}

function sideTable(id: string, title: string, columns: readonly (readonly [string, string])[]): Html {
  return html`<section class="card" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    <table id="${id}">
      <thead>
        <tr>
          ${columns.map(([name, kind]) => html`<th scope="col" class="${kind}">${name}</th>`)}
        </tr>
      </thead>
      <tbody></tbody>
    </table>
  </section>`;
}

/** Today: what comes in now. Everything that changes is filled in by `/assets/live.js`. */
export function todayPage(_deps: ConsoleDeps): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/', (c) =>
    page(c, {
      title: 'Today',
      active: 'today',
      scripts: ['live'],
      styles: ['today', 'findings'],
      keys: [['p', 'hold the list of findings still, or let it run']],
      actions: html`<span id="connection" class="badge wait" role="status">connecting</span>
        <button type="button" id="pause" aria-pressed="false" title="Hold the list still (p)">Pause</button>`,
      body: html`<p class="totals" aria-live="off">
          <span><b id="total-posts">–</b> posts</span>
          <span><b id="total-analysed">–</b> posts analysed</span>
          <span><b id="total-findings">–</b> posts with a finding</span>
          <span>by <b id="total-people">–</b> people</span>
        </p>
        <div class="pipeline">${stages.map(stage)}</div>
        <div class="with-side">
          <section class="card findings" id="findings" tabindex="-1" aria-labelledby="findings-title">
            <div class="bar">
              <h2 id="findings-title">Latest findings</h2>
              <p class="legend"><mark class="effect">effect</mark> <mark class="drug">drug</mark></p>
            </div>
            <p class="caution">A finding is the model's hypothesis about one post, not a reported case.</p>
            <p id="empty" class="empty">
              No finding yet. Posts that report an adverse effect appear here within seconds of their arrival.
            </p>
            <ol id="finding-list"></ol>
          </section>
          <aside aria-label="State of the monitor">
            ${sideTable('sources', 'Sources', [
              ['source', ''],
              ['posts', 'number'],
              ['last record', 'number'],
            ])}
            ${sideTable('drops', 'Left out, by reason', [
              ['reason', ''],
              ['source', ''],
              ['records', 'number'],
            ])}
          </aside>
        </div>`,
    }),
  );
  return app;
}
