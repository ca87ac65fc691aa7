import type { Dashboard } from '../dashboard.ts';

export const reaction: Dashboard = {
  id: 'reaction',
  title: 'Reaction',
  description: 'One reaction: of which products it is told, how far they stand out, and what people write.',
  past: '90d',
  refresh: '',
  one: ['level', 'term'],
  rows: [
    [
      ['reaction-people', 4, 5],
      ['reaction-posts', 4, 5],
      ['reaction-products-count', 4, 5],
      ['reaction-signals', 4, 5],
      ['about-disproportionality', 8, 5],
    ],
    [
      ['reaction-over-time', 12, 11],
      ['reaction-forest', 12, 11],
    ],
    [['reaction-products', 24, 11]],
    [['reaction-examples', 24, 16]],
  ],
};
