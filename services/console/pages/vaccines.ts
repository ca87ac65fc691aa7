import { Hono } from 'hono';
import { html } from 'hono/html';
import { vaccinePanels } from '../../../dashboards/panels/vaccines.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { Env } from '../env.ts';
import { panelCard, statRow } from '../panels/card.ts';
import { scopeOf } from '../panels/data.ts';
import { page } from '../shell.ts';
import { duplicatesChoice, levelChoice } from './choices.ts';

/** Vaccines: relevance, stance, intent where the model has it, and the effects that people tell of. */
export function vaccinesPage(deps: ConsoleDeps): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/vaccines', async (c) => {
    const scope = scopeOf(c, deps.clock.now());
    const stats = vaccinePanels.filter(({ kind }) => kind === 'stat');
    const rest = vaccinePanels.filter(({ kind }) => !['stat', 'posts', 'text'].includes(kind));
    const [numbers, cards] = await Promise.all([
      statRow(c, deps.database, stats, scope),
      Promise.all(rest.map((panel) => panelCard(c, deps.database, panel, scope))),
    ]);
    return page(c, {
      title: 'Vaccines',
      active: 'vaccines',
      lead: 'What is said about vaccines and vaccination, by how many people.',
      styles: ['charts', 'lists', 'uplot'],
      scripts: ['chart'],
      body: html`<div class="toolbar">${levelChoice(c)} ${duplicatesChoice(c)}</div>
        ${numbers}
        <div class="panels">
          ${cards.map((card, index) =>
            rest[index]?.kind === 'table' ? card : html`<div class="half">${card}</div>`,
          )}
        </div>`,
    });
  });
  return app;
}
