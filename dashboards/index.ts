import type { Dashboard } from './dashboard.ts';
import type { Panel } from './panel.ts';
import { medicines } from './dashboards/medicines.ts';
import { modelHealth } from './dashboards/model-health.ts';
import { overview } from './dashboards/overview.ts';
import { pipeline } from './dashboards/pipeline.ts';
import { posts } from './dashboards/posts.ts';
import { product } from './dashboards/product.ts';
import { reaction } from './dashboards/reaction.ts';
import { signals } from './dashboards/signals.ts';
import { vaccines } from './dashboards/vaccines.ts';
import { medicinePanels } from './panels/medicines.ts';
import { modelPanels } from './panels/model-health.ts';
import { notePanels } from './panels/notes.ts';
import { overviewPanels } from './panels/overview.ts';
import { pipelinePanels } from './panels/pipeline.ts';
import { postPanels } from './panels/posts.ts';
import { productPanels } from './panels/product.ts';
import { reactionPanels } from './panels/reaction.ts';
import { signalPanels } from './panels/signals.ts';
import { vaccinePanels } from './panels/vaccines.ts';

/** Every panel, by its id. */
export const panels: ReadonlyMap<string, Panel> = new Map(
  [
    ...overviewPanels,
    ...productPanels,
    ...reactionPanels,
    ...medicinePanels,
    ...vaccinePanels,
    ...signalPanels,
    ...postPanels,
    ...modelPanels,
    ...pipelinePanels,
    ...notePanels,
  ].map((panel) => [panel.id, panel]),
);

/** The dashboards, in the order in which they are read. */
export const dashboards: readonly Dashboard[] = [
  overview,
  product,
  reaction,
  medicines,
  vaccines,
  signals,
  posts,
  modelHealth,
  pipeline,
];

/** @throws RangeError when there is no such panel. */
export function panelNamed(id: string): Panel {
  const found = panels.get(id);
  if (!found) throw new RangeError(`there is no panel ${/^[a-z-]{1,60}$/.test(id) ? id : '(unknown)'}`);
  return found;
}
