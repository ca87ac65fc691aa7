import { Hono } from 'hono';
import { html } from 'hono/html';
import { medicinePanels } from '../../../dashboards/panels/medicines.ts';
import { vaccinePanels } from '../../../dashboards/panels/vaccines.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { Env } from '../env.ts';
import { panelCard, statRow } from '../panels/card.ts';
import { scopeOf } from '../panels/data.ts';
import { page } from '../shell.ts';
import { duplicatesChoice, levelChoice } from './choices.ts';

const topics = {
  medicines: {
    title: 'Medicines',
    lead: 'Who names medicines and who takes them, how they are judged, and birth defects that people tell of.',
    panels: medicinePanels,
    hasReactions: false,
    width: 'third',
  },
  vaccines: {
    title: 'Vaccines',
    lead: 'What is said about vaccines and vaccination, by how many people.',
    panels: vaccinePanels,
    hasReactions: true,
    width: 'half',
  },
} as const;

/** All numbers and charts of a topic; the posts behind them are read on the page of posts. */
export function topicPage(topic: keyof typeof topics, deps: ConsoleDeps): Hono<Env> {
  const app = new Hono<Env>();
  const { title, lead, panels, hasReactions, width } = topics[topic];
  app.get(`/${topic}`, async (c) => {
    const scope = scopeOf(c, deps.clock.now());
    const stats = panels.filter(({ kind }) => kind === 'stat');
    const rest = panels.filter(({ kind }) => !['stat', 'posts', 'text'].includes(kind));
    const [numbers, cards] = await Promise.all([
      statRow(c, deps.database, stats, scope),
      Promise.all(rest.map((panel) => panelCard(c, deps.database, panel, scope))),
    ]);
    return page(c, {
      title,
      active: topic,
      lead,
      styles: ['charts', 'lists', 'uplot'],
      scripts: ['chart'],
      body: html`<div class="toolbar">${hasReactions ? levelChoice(c) : ''} ${duplicatesChoice(c)}</div>
        ${numbers}
        <div class="panels">
          ${cards.map((card, index) =>
            rest[index]?.kind === 'table' ? card : html`<div class="${width}">${card}</div>`,
          )}
        </div>`,
    });
  });
  return app;
}
