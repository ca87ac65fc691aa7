import type { Dashboard } from '../dashboard.ts';

export const vaccines: Dashboard = {
  id: 'vaccines',
  title: 'Vaccines',
  description:
    'Who writes about vaccines, in which spirit, who means to get one or has had it, and which effects are told of them.',
  past: '90d',
  refresh: '',
  one: ['level'],
  rows: [
    [
      ['vaccine-people', 4, 4],
      ['vaccine-against', 4, 4],
      ['vaccine-concerned', 4, 4],
      ['vaccine-intending', 4, 4],
      ['vaccine-vaccinated', 4, 4],
      ['vaccine-effect-people', 4, 4],
    ],
    [
      ['vaccine-relevance', 12, 8],
      ['vaccine-stance', 12, 8],
    ],
    [
      ['vaccine-intent', 8, 8],
      ['vaccine-concern', 8, 8],
      ['vaccine-effects-over-time', 8, 8],
    ],
    [['vaccine-effects', 24, 10]],
    [['vaccine-examples', 24, 14]],
  ],
};
