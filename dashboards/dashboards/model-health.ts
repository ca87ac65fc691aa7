import type { Dashboard } from '../dashboard.ts';

export const modelHealth: Dashboard = {
  id: 'model-health',
  title: 'Model health',
  description: 'Whether the model still does what it did when it was measured.',
  past: '30d',
  refresh: '5m',
  one: [],
  rows: [
    [
      ['gate-recall', 6, 6],
      ['gate-sample', 6, 6],
      ['gate-share', 12, 6],
    ],
    [
      ['score-drift', 12, 10],
      ['human-agreement', 12, 10],
    ],
    [
      ['positive-share', 12, 9],
      ['near-threshold', 12, 9],
    ],
    [
      ['below-threshold', 12, 8],
      ['models-in-use', 12, 8],
    ],
  ],
};
