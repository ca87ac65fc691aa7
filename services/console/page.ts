import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { ModelView } from './view.ts';

const stages = [
  ['ingest', 'Ingest', 'read, masked and appended to the log'],
  ['infer', 'Infer', 'gated and analysed by the model'],
  ['store', 'Store', 'inserted into ClickHouse'],
] as const;

function taskRow(task: ModelView['tasks'][number]): HtmlEscapedString | Promise<HtmlEscapedString> {
  return html`<tr>
    <th scope="row"><span title="${task.question}">${task.title}</span></th>
    <td class="number">${task.threshold === null ? '–' : task.threshold.toFixed(2)}</td>
    <td>${task.score}</td>
  </tr>`;
}

/** The page that `vigilstream start` shows. Everything that changes is filled in by `/assets/live.js`. */
export function homePage(model: ModelView, demo: boolean): HtmlEscapedString | Promise<HtmlEscapedString> {
  return html`${raw('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>vigilstream</title>
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/page.css" />
        <link rel="stylesheet" href="/assets/findings.css" />
        <script type="module" src="/assets/live.js"></script>
      </head>
      <body>
        <a class="skip" href="#findings">Skip to the findings</a>
        <header>
          <h1><img src="/assets/icon.svg" alt="" width="22" height="22" />vigilstream</h1>
          <p class="totals" aria-live="off">
            <span><b id="total-posts">–</b> posts</span>
            <span><b id="total-analysed">–</b> analysed</span>
            <span><b id="total-findings">–</b> findings</span>
            <span>by <b id="total-people">–</b> people</span>
          </p>
          <p class="controls">
            ${demo ? html`<span class="badge" title="Invented posts from the built-in generator">demo data</span>` : ''}
            <span id="connection" class="badge wait" role="status">connecting</span>
            <button type="button" id="pause" aria-pressed="false" title="Hold the list still (p)">
              Pause
            </button>
          </p>
        </header>
        <main>
          <section class="pipeline" aria-label="Pipeline">
            ${stages.map(
              ([id, title, what]) =>
                html`<div class="stage" id="stage-${id}">
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
                </div>`,
            )}
          </section>
          <section class="findings" id="findings" tabindex="-1" aria-labelledby="findings-title">
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
            <section>
              <h2>Sources</h2>
              <table id="sources">
                <thead>
                  <tr>
                    <th scope="col">source</th>
                    <th scope="col" class="number">posts</th>
                    <th scope="col" class="number">last record</th>
                  </tr>
                </thead>
                <tbody></tbody>
              </table>
            </section>
            <section>
              <h2>Left out, by reason</h2>
              <table id="drops">
                <thead>
                  <tr>
                    <th scope="col">reason</th>
                    <th scope="col">source</th>
                    <th scope="col" class="number">records</th>
                  </tr>
                </thead>
                <tbody></tbody>
              </table>
            </section>
            <section>
              <h2>Model</h2>
              <p class="model">
                <b>${model.name}</b> ${model.version}
                <span class="quiet">${model.megabytes.toFixed(1)} MB, on ${model.encoder}</span>
              </p>
              <table>
                <thead>
                  <tr>
                    <th scope="col">task</th>
                    <th scope="col" class="number">threshold</th>
                    <th scope="col">development score</th>
                  </tr>
                </thead>
                <tbody>
                  ${model.tasks.map(taskRow)}
                </tbody>
              </table>
              <p><a href="/model">Read the model card</a></p>
            </section>
          </aside>
        </main>
        <dialog id="help">
          <h2>Keyboard</h2>
          <dl>
            <div>
              <dt><kbd>j</kbd> <kbd>k</kbd></dt>
              <dd>next and previous finding</dd>
            </div>
            <div>
              <dt><kbd>Enter</kbd></dt>
              <dd>open or close the finding's details</dd>
            </div>
            <div>
              <dt><kbd>p</kbd></dt>
              <dd>hold the list still, or let it run</dd>
            </div>
            <div>
              <dt><kbd>?</kbd></dt>
              <dd>this sheet</dd>
            </div>
          </dl>
          <form method="dialog"><button>Close</button></form>
        </dialog>
        <footer>
          <p>
            Press <kbd>?</kbd> for the keyboard. Times are in your zone; point at one for UTC.
            <a href="/metrics">metrics</a> · <a href="/api/v1/overview">API</a>
          </p>
        </footer>
      </body>
    </html>`;
}

/** The model's card as plain text on a page of its own. */
export function cardPage(model: ModelView): HtmlEscapedString | Promise<HtmlEscapedString> {
  return html`${raw('<!doctype html>')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${model.name} – vigilstream</title>
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/page.css" />
      </head>
      <body>
        <header>
          <h1>
            <a href="/"><img src="/assets/icon.svg" alt="" width="22" height="22" />vigilstream</a>
          </h1>
        </header>
        <main class="card"><pre>${model.card}</pre></main>
      </body>
    </html>`;
}
