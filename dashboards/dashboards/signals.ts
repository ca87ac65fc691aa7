import type { Dashboard } from '../dashboard.ts';

export const signals: Dashboard = {
  id: 'signals',
  title: 'Signals',
  description: 'What was detected, who has taken it how far, and on what evidence.',
  past: '90d',
  refresh: '1m',
  one: ['level'],
  rows: [
    [['signals-list', 24, 11]],
    [['signal-series', 24, 9]],
    [
      ['signals-by-state', 8, 7],
      ['about-disproportionality', 16, 7],
    ],
    [['signals-history', 24, 8]],
    [['alerts-list', 24, 8]],
  ],
};
