import { vaccinePanels } from '../panels/vaccines.ts';
import type { Dashboard } from '../dashboard.ts';

/** The task of intent is not part of every list of tasks. */
const asksIntent = vaccinePanels.some(({ id }) => id === 'vaccine-intent');

export const vaccines: Dashboard = {
  id: 'vaccines',
  title: 'Vaccines',
  description: 'Who writes about vaccines, in which spirit, and which effects are told of them.',
  past: '90d',
  refresh: '',
  one: ['level'],
  rows: [
    [
      ['vaccine-people', 6, 4],
      ['vaccine-against', 6, 4],
      ['vaccine-concerned', 6, 4],
      ['vaccine-effect-people', 6, 4],
    ],
    [
      ['vaccine-relevance', 12, 8],
      ['vaccine-stance', 12, 8],
    ],
    asksIntent
      ? [
          ['vaccine-intent', 8, 8],
          ['vaccine-concern', 8, 8],
          ['vaccine-effects-over-time', 8, 8],
        ]
      : [
          ['vaccine-concern', 12, 8],
          ['vaccine-effects-over-time', 12, 8],
        ],
    [['vaccine-effects', 24, 10]],
    [['vaccine-examples', 24, 14]],
  ],
};
