import { html } from 'hono/html';
import type { Html } from '../shell.ts';
import type { TaskView } from '../view.ts';

const stages = [
  ['ingest', 'Ingest', 'read, masked and appended to the log'],
  ['infer', 'Infer', 'gated and analysed by the model'],
  ['store', 'Store', 'inserted into ClickHouse'],
] as const;

function stage([id, title, what]: (typeof stages)[number]): Html {
  return html`<div class="card stage" id="stage-${id}">
    <h3>${title}</h3>
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

/** What comes in at this moment; `/assets/live.js` fills it in, and takes from here which answers are positive. */
export function livePart(tasks: readonly TaskView[]): Html {
  const positives = Object.fromEntries(
    tasks.flatMap(({ id, positive }) => (positive === null ? [] : [[id, positive]])),
  );
  return html`<section class="now stack" aria-labelledby="now-title">
    <div class="bar">
      <h2 id="now-title">Now</h2>
      <p class="totals" aria-live="off">
        <span><b id="total-posts">–</b> posts</span>
        <span><b id="total-analysed">–</b> posts analysed</span>
        <span><b id="total-findings">–</b> posts with a finding</span>
        <span>by <b id="total-people">–</b> people</span>
      </p>
    </div>
    <div class="pipeline">${stages.map(stage)}</div>
    <div class="with-side">
      <section class="card findings" id="findings" tabindex="-1" aria-labelledby="findings-title">
        <div class="bar">
          <h2 id="findings-title">Latest findings</h2>
          <p class="legend"><mark class="effect">effect</mark> <mark class="drug">drug</mark></p>
          <button type="button" id="pause" aria-pressed="false" title="Hold the list still (p)">Pause</button>
        </div>
        <p class="caution">A finding is the model's hypothesis about one post, not a reported case.</p>
        <p id="empty" class="empty">
          No finding yet. Posts that report an adverse effect appear here within seconds of their arrival.
        </p>
        <ol id="finding-list" data-positives="${JSON.stringify(positives)}"></ol>
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
    </div>
  </section>`;
}
