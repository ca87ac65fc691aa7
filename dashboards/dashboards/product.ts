import type { Dashboard } from '../dashboard.ts';

export const product: Dashboard = {
  id: 'product',
  title: 'Product',
  description: 'One drug or vaccine: its reactions over time, how far they stand out, and what people write.',
  past: '90d',
  refresh: '',
  one: ['product', 'level'],
  rows: [
    [
      ['product-people', 4, 5],
      ['product-posts', 4, 5],
      ['product-reactions-count', 4, 5],
      ['product-signals', 4, 5],
      ['about-disproportionality', 8, 5],
    ],
    [
      ['product-over-time', 12, 11],
      ['product-forest', 12, 11],
    ],
    [['product-reactions', 24, 11]],
    [
      ['product-by-source', 8, 7],
      ['product-roles', 8, 7],
      ['product-use', 8, 7],
    ],
    [['product-examples', 24, 16]],
  ],
};
