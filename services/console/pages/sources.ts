import { Hono } from 'hono';
import { html } from 'hono/html';
import { overviewPanels } from '../../../dashboards/panels/overview.ts';
import { pipelinePanels } from '../../../dashboards/panels/pipeline.ts';
import { deadLettersOfSourceSql, gapsSql, type GapRow } from '../../store/queries/sources.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { AppContext, Env } from '../env.ts';
import { counted, countText, durationText, timeTag } from '../format.ts';
import { panelCard, panelsNamed, statRow } from '../panels/card.ts';
import { scopeOf } from '../panels/data.ts';
import { isoDay, linkTo } from '../range.ts';
import { emptyState, page, type Html } from '../shell.ts';
import { createSourceStates, type SourceState } from '../source-states.ts';

/** A source that is quiet for so long is called silent. */
const silentMs = 10 * 60_000;
const mostGaps = 1000;

type DeadRow = {
  readonly source: string;
  readonly reason: string;
  readonly records: number;
  readonly lastAt: number;
};

type Source = SourceState & {
  readonly gaps: readonly GapRow[];
  readonly dead: readonly DeadRow[];
};

/** Since when a source is silent, and what is known of the reason. */
function stateOf({ lastSeenAt, gaps, dead }: Source, now: number): Html {
  const quiet = now - lastSeenAt;
  if (lastSeenAt === 0) {
    return html`<span class="badge warn">never heard</span>
      <p class="quiet">
        It is configured but has delivered nothing yet: look at the log of ingest for its name.
      </p>`;
  }
  if (quiet < silentMs) return html`<span class="badge good">delivers</span>`;
  const gap = gaps.find(({ to }) => to >= lastSeenAt - silentMs);
  const torn = dead.find(({ lastAt }) => lastAt >= lastSeenAt);
  const why = gap
    ? html`It reported a gap: ${gap.reason}.`
    : torn
      ? html`Records still come, but they cannot be used: ${torn.reason}.`
      : 'It has ended, or nobody writes there; no gap was reported. The log of ingest says when it stopped.';
  return html`<span class="badge bad">silent for ${durationText(quiet / 1000)}</span>
    <p class="quiet">${why}</p>`;
}

function row(c: AppContext, source: Source, now: number): Html {
  const { name, platform, posts, lastSeenAt, firstCreatedAt, lastCreatedAt, gaps, dead } = source;
  const lost = dead.reduce((sum, { records }) => sum + records, 0);
  const allTime = { from: isoDay(firstCreatedAt), to: isoDay(lastCreatedAt) };
  return html`<tr data-row tabindex="-1">
    <th scope="row">
      <a href="${linkTo(c, '/posts', { source: name })}">${name}</a> <small class="quiet">${platform}</small>
    </th>
    <td>${stateOf(source, now)}</td>
    <td class="number">
      ${posts === 0 ? '0' : html`<a href="${linkTo(c, '/posts', { source: name, ...allTime })}">${countText(posts)}</a>`}
    </td>
    <td>${timeTag(lastSeenAt)}</td>
    <td>${timeTag(lastCreatedAt)}</td>
    <td class="number">
      ${gaps.length === 0 ? '–' : html`<a href="#gaps-list">${countText(gaps.length)}</a>`}
    </td>
    <td>
      ${
        lost === 0
          ? '–'
          : html`<details>
              <summary>${countText(lost)} records</summary>
              <ul class="plain">
                ${dead.map(({ reason, records, lastAt }) => html`<li>${reason}: ${countText(records)}, last ${timeTag(lastAt)}</li>`)}
              </ul>
            </details>`
      }
    </td>
  </tr>`;
}

/** Sources of the configuration that have no post yet; the one of the demo stands for several. */
function unheard({ settings }: ConsoleDeps, heard: ReadonlySet<string>): SourceState[] {
  const ingest = settings['ingest'] as
    | { readonly sources?: readonly { readonly name?: unknown; readonly driver?: unknown }[] }
    | undefined;
  return (ingest?.sources ?? []).flatMap(({ name, driver }) =>
    typeof name === 'string' && typeof driver === 'string' && driver !== 'demo' && !heard.has(name)
      ? [{ name, platform: driver, posts: 0, lastSeenAt: 0, firstCreatedAt: 0, lastCreatedAt: 0 }]
      : [],
  );
}

async function sourcesOf(deps: ConsoleDeps, sourceStates: () => Promise<SourceState[]>): Promise<Source[]> {
  const { database } = deps;
  const [states, gaps, dead] = await Promise.all([
    sourceStates(),
    database.query<GapRow>(gapsSql, { params: { limit: mostGaps } }),
    database.query<DeadRow>(deadLettersOfSourceSql),
  ]);
  const heard = new Set(states.map(({ name }) => name));
  return [...states, ...unheard(deps, heard)].map((state) => ({
    ...state,
    gaps: gaps.filter(({ source }) => source === state.name),
    dead: dead.filter(({ source }) => source === state.name),
  }));
}

/** Sources: what each delivers, since when it is silent and why, gaps, and what was left out or unusable. */
export function sourcesPage(deps: ConsoleDeps): Hono<Env> {
  const app = new Hono<Env>();
  const { database, clock } = deps;
  const sourceStates = createSourceStates(deps);
  app.get('/sources', async (c) => {
    const now = clock.now();
    const scope = scopeOf(c, now);
    const cards = (all: typeof pipelinePanels, ...ids: string[]): Promise<Html[]> =>
      Promise.all(panelsNamed(all, ...ids).map((panel) => panelCard(c, database, panel, scope)));
    const [states, numbers, volumes, lists, charts] = await Promise.all([
      sourcesOf(deps, sourceStates),
      statRow(
        c,
        database,
        panelsNamed(pipelinePanels, 'lag-now', 'last-stored', 'left-out', 'dead-letters-count'),
        scope,
      ),
      cards(overviewPanels, 'posts-by-source'),
      cards(pipelinePanels, 'gaps-list', 'drops-by-reason'),
      cards(pipelinePanels, 'drops-over-time', 'throughput', 'lag', 'way'),
    ]);
    const silent = states.filter(({ lastSeenAt }) => now - lastSeenAt >= silentMs).length;
    const posts = states.reduce((sum, state) => sum + state.posts, 0);
    return page(c, {
      title: 'Sources',
      active: 'sources',
      lead: html`${counted(posts, 'posts')} from ${states.length} sources;
      ${silent === 0 ? 'all of them deliver' : html`<b>${silent} silent</b>`}. The table is of all time, the
      panels are of the time above.`,
      styles: ['charts', 'lists', 'uplot'],
      scripts: ['chart'],
      body: html`${numbers}
        <section class="card">
          ${
            states.length === 0
              ? emptyState(
                  'No source',
                  html`Name some under <code>ingest.sources</code> in the settings file.`,
                )
              : html`<div class="scroll" tabindex="0" role="region" aria-label="Sources">
                  <table class="rows">
                    <thead>
                      <tr>
                        <th scope="col">source</th>
                        <th scope="col">state</th>
                        <th scope="col" class="number">posts</th>
                        <th scope="col">last taken in</th>
                        <th scope="col">newest written</th>
                        <th scope="col" class="number">gaps</th>
                        <th scope="col">unusable</th>
                      </tr>
                    </thead>
                    <tbody>
                      ${states.map((state) => row(c, state, now))}
                    </tbody>
                  </table>
                </div>`
          }
        </section>
        <div class="panels">
          ${volumes} ${lists} ${charts.map((one) => html`<div class="half">${one}</div>`)}
        </div>`,
    });
  });
  return app;
}
