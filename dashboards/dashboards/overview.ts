import type { Dashboard } from '../dashboard.ts';

export const overview: Dashboard = {
  id: 'overview',
  title: 'Overview',
  description: 'What came in, what of it tells of unwanted effects, and what changed most.',
  past: '30d',
  refresh: '1m',
  one: ['level'],
  rows: [
    [
      ['posts-read', 6, 4],
      ['effect-posts', 6, 4],
      ['effect-people', 6, 4],
      ['new-signals', 6, 4],
    ],
    [['top-movers', 24, 11]],
    [
      ['people-by-day', 12, 8],
      ['posts-by-source', 12, 8],
    ],
    [
      ['top-products', 8, 11],
      ['top-reactions', 8, 11],
      ['signals-by-state', 8, 11],
    ],
    [['coverage', 24, 8]],
  ],
};
