import { Hono } from 'hono';
import { html } from 'hono/html';
import type { ConsoleDeps } from '../deps.ts';
import type { Env } from '../env.ts';
import { page, type Html } from '../shell.ts';
import type { ModelView } from '../view.ts';

function taskRow(task: ModelView['tasks'][number]): Html {
  return html`<tr>
    <th scope="row"><span title="${task.question}">${task.title}</span></th>
    <td class="number">${task.threshold === null ? '–' : task.threshold.toFixed(2)}</td>
    <td>${task.score}</td>
  </tr>`;
}

/** Models: the model in force, its tasks with thresholds and scores, its card. */
export function modelsPage({ model }: ConsoleDeps): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/models', (c) =>
    page(c, {
      title: 'Models',
      active: 'models',
      lead: html`${model.name} ${model.version}, ${model.megabytes.toFixed(1)} MB, on ${model.encoder}`,
      body: html`<section class="card" aria-labelledby="tasks-title">
          <h2 id="tasks-title">Tasks</h2>
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
        </section>
        <section class="card" aria-labelledby="card-title">
          <h2 id="card-title">Model card</h2>
          <pre class="card-text" tabindex="0">${model.card}</pre>
        </section>`,
    }),
  );
  app.get('/model', (c) => c.redirect('/models'));
  return app;
}
