import { Hono } from 'hono';
import { html } from 'hono/html';
import { modelPanels } from '../../../dashboards/panels/model-health.ts';
import { scoreBins, scoreHistogramsOf, type ScoreBin } from '../../store/queries/model-scores.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { Env } from '../env.ts';
import { countText, numberText, percentText } from '../format.ts';
import { panelCard, panelsNamed, statRow } from '../panels/card.ts';
import { scopeOf } from '../panels/data.ts';
import { linkTo } from '../range.ts';
import { page, type Html } from '../shell.ts';
import type { ModelView, TaskView } from '../view.ts';
import { cardText } from './model-card.ts';

const width = 200;
const height = 44;

/** Probabilities of the last week as bars, of the four weeks before as a line, with the threshold across. */
function histogram({ id, title, threshold }: TaskView, all: readonly ScoreBin[]): Html {
  const bins = all.filter(({ task }) => task === id);
  const recent = bins.reduce((sum, bin) => sum + bin.recent, 0);
  const before = bins.reduce((sum, bin) => sum + bin.before, 0);
  if (recent + before === 0) return html`<span class="quiet">no answer yet</span>`;
  const share = (of: 'recent' | 'before', bin: number): number =>
    (bins.find((one) => one.bin === bin)?.[of] ?? 0) / Math.max(1, of === 'recent' ? recent : before);
  // The root keeps the few high probabilities visible beside the many low ones.
  const y = (value: number): number => Math.sqrt(value) * (height - 2);
  const step = width / scoreBins;
  const places = Array.from({ length: scoreBins }, (_, bin) => bin);
  const line = places
    .map((bin) => `${((bin + 0.5) * step).toFixed(1)},${(height - y(share('before', bin))).toFixed(1)}`)
    .join(' ');
  return html`<svg
    class="histogram"
    viewBox="0 0 ${width} ${height}"
    role="img"
    aria-label="${title}: probabilities of ${countText(recent)} posts of the last week and ${countText(before)} of the four weeks before, from 0 to 1"
  >
    ${places.map((bin) => {
      const size = y(share('recent', bin));
      return size === 0
        ? ''
        : html`<rect
            x="${(bin * step + 0.5).toFixed(1)}"
            y="${(height - size).toFixed(1)}"
            width="${step - 1}"
            height="${size.toFixed(1)}"
          />`;
    })}
    ${before === 0 ? '' : html`<polyline points="${line}" />`}
    ${threshold === null ? '' : html`<line x1="${threshold * width}" x2="${threshold * width}" y1="0" y2="${height}" />`}
  </svg>`;
}

function tasksCard(model: ModelView, bins: readonly ScoreBin[]): Html {
  return html`<section class="card" aria-labelledby="tasks-title">
    <h2 id="tasks-title">Questions that it answers</h2>
    <p class="question">
      Bars are the probabilities of the last week, the line those of the four weeks before, the stroke the
      threshold; heights are square roots of shares.
    </p>
    <div class="scroll" tabindex="0" role="region" aria-label="Questions">
      <table class="rows tasks">
        <thead>
          <tr>
            <th scope="col">question</th>
            <th scope="col">what the probability means</th>
            <th scope="col">probabilities, 0 to 1</th>
            <th scope="col" class="number">threshold</th>
            <th scope="col">score on held-out rows</th>
          </tr>
        </thead>
        <tbody>
          ${model.tasks.map(
            (task) =>
              html`<tr data-row tabindex="-1">
                <th scope="row">
                  ${task.title}
                  <p class="quiet">${task.question}</p>
                </th>
                <td>${task.probability || html`<span class="quiet">it marks words or finds terms</span>`}</td>
                <td>${task.sentence ? histogram(task, bins) : ''}</td>
                <td class="number">
                  ${task.threshold === null ? '–' : html`${percentText(task.threshold)} <small class="quiet">${task.positive}</small>`}
                </td>
                <td>${task.score || html`<span class="quiet">none</span>`}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

function figuresCard({ figures }: ModelView): Html {
  return html`<section class="card" aria-labelledby="figures-title">
    <h2 id="figures-title">Scores</h2>
    <details>
      <summary>All ${countText(figures.length)} figures of the manifest</summary>
      <div class="scroll tall" tabindex="0" role="region" aria-label="Scores">
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">task</th>
              <th scope="col">set</th>
              <th scope="col">measure</th>
              <th scope="col" class="number">value</th>
              <th scope="col" class="number">95 % interval</th>
              <th scope="col" class="number">rows</th>
              <th scope="col" class="number">positives</th>
            </tr>
          </thead>
          <tbody>
            ${figures.map(
              ({ task, set, metric, value, low, high, rows, positives }) =>
                html`<tr>
                  <td>${task}</td>
                  <td>${set}</td>
                  <td>${metric}</td>
                  <td class="number">${numberText(value, 'ratio', 3)}</td>
                  <td class="number">
                    ${low === null || high === null ? '–' : `${numberText(low, 'ratio', 2)} to ${numberText(high, 'ratio', 2)}`}
                  </td>
                  <td class="number">${rows === null ? '–' : countText(rows)}</td>
                  <td class="number">${positives === null ? '–' : countText(positives)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </details>
  </section>`;
}

function manifestCard({ name, version, encoder, maxTokens, files, data }: ModelView): Html {
  return html`<section class="card" aria-labelledby="manifest-title">
    <h2 id="manifest-title">Manifest</h2>
    <table class="pairs">
      <tbody>
        <tr>
          <th scope="row">model</th>
          <td>${name} ${version}</td>
        </tr>
        <tr>
          <th scope="row">encoder</th>
          <td>${encoder}</td>
        </tr>
        <tr>
          <th scope="row">reads at most</th>
          <td>${maxTokens} tokens of a post</td>
        </tr>
        <tr>
          <th scope="row">data</th>
          <td>${data.sets.join(', ')} <code>${data.sha256.slice(0, 12)}</code></td>
        </tr>
        ${files.map(
          (file) =>
            html`<tr>
              <th scope="row">${file.name}</th>
              <td>
                ${(file.bytes / 1e6).toFixed(2)} MB
                <code title="${file.sha256}">${file.sha256.slice(0, 12)}</code>
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

/** Models: the bundle in force, what its answers mean, and whether it still behaves as it did. */
export function modelsPage(deps: ConsoleDeps): Hono<Env> {
  const app = new Hono<Env>();
  const { model, database, clock } = deps;
  const tasks = model.tasks.filter(({ sentence }) => sentence).map(({ id }) => id);
  app.get('/models', async (c) => {
    const scope = scopeOf(c, clock.now());
    const { sql, params } = scoreHistogramsOf(tasks, scope.range.to);
    const cards = (...ids: string[]): Promise<Html[]> =>
      Promise.all(panelsNamed(modelPanels, ...ids).map((panel) => panelCard(c, database, panel, scope)));
    const [bins, numbers, halves] = await Promise.all([
      database.query<ScoreBin>(sql, { params }),
      statRow(c, database, panelsNamed(modelPanels, 'gate-recall', 'gate-sample'), scope),
      cards(
        'score-drift',
        'near-threshold',
        'positive-share',
        'gate-share',
        'below-threshold',
        'human-agreement',
        'models-in-use',
      ),
    ]);
    return page(c, {
      title: 'Models',
      active: 'models',
      lead: html`${model.name} ${model.version}, ${model.megabytes.toFixed(1)} MB, on ${model.encoder}. A
      probability is how sure the model is of an answer about one post, not how likely a product did harm.`,
      styles: ['charts', 'lists', 'uplot', 'models'],
      scripts: ['chart'],
      actions: html`<a class="button" href="${linkTo(c, '/posts', { role: 'uncertain' })}"
        >Posts below the threshold</a
      >`,
      body: html`${numbers} ${tasksCard(model, bins)}
        <div class="panels">${halves.map((one) => html`<div class="half">${one}</div>`)}</div>
        <div class="with-side">
          <section class="card" aria-labelledby="card-title">
            <h2 id="card-title">Model card</h2>
            ${cardText(model.card)}
          </section>
          <aside aria-label="The bundle">${manifestCard(model)} ${figuresCard(model)}</aside>
        </div>`,
    });
  });
  return app;
}
