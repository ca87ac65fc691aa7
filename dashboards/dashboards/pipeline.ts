import type { Dashboard } from '../dashboard.ts';

export const pipeline: Dashboard = {
  id: 'pipeline',
  title: 'Pipeline',
  description: 'Whether everything that should come in comes in, and how fast.',
  past: '24h',
  refresh: '30s',
  one: [],
  rows: [
    [
      ['lag-now', 6, 4],
      ['last-stored', 6, 4],
      ['left-out', 6, 4],
      ['dead-letters-count', 6, 4],
    ],
    [
      ['throughput', 12, 8],
      ['lag', 12, 8],
    ],
    [
      ['way', 12, 8],
      ['posts-by-source', 12, 8],
    ],
    [['coverage', 24, 8]],
    [
      ['drops-over-time', 10, 9],
      ['drops-by-reason', 14, 9],
    ],
    [['gaps-list', 24, 7]],
  ],
};
