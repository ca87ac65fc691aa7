import type { Dashboard } from '../dashboard.ts';

export const posts: Dashboard = {
  id: 'posts',
  title: 'Posts',
  description: 'The posts behind the numbers, to be read.',
  past: '30d',
  refresh: '',
  one: ['level'],
  rows: [
    [
      ['posts-count', 4, 6],
      ['posts-people', 4, 6],
      ['posts-over-time', 16, 6],
    ],
    [['posts-list', 24, 26]],
  ],
};
