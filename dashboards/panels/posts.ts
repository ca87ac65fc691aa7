import { panelsOf } from '../panel.ts';
import { postsToRead } from '../read.ts';
import { counted, countsOverTime, ofProduct, ofReaction } from '../sql.ts';
import { post } from './columns.ts';

const inRange = `${ofProduct} AND ${ofReaction} AND $__dateFilter(day) AND $__timeFilter(created_at) AND ${counted}`;

export const postPanels = panelsOf(
  {
    id: 'posts-count',
    title: 'Posts',
    question: 'How many posts are there to read?',
    kind: 'stat',
    unit: 'posts',
    sql: `SELECT uniqExact(post_hash) AS posts FROM vigilstream.mentions WHERE ${inRange}`,
  },
  {
    id: 'posts-people',
    title: 'People',
    question: 'How many people wrote them?',
    kind: 'stat',
    unit: 'people',
    sql: `SELECT uniqExact(author) AS people FROM vigilstream.mentions WHERE ${inRange}`,
  },
  {
    id: 'posts-over-time',
    title: 'Posts over time',
    question: 'When were they written?',
    kind: 'bars',
    unit: 'posts',
    minInterval: 3600,
    columns: [{ field: 'posts', title: 'Posts' }],
    sql: countsOverTime(`
SELECT $__timeInterval(created_at) AS time, uniqExact(post_hash) AS posts
FROM vigilstream.mentions
WHERE ${inRange}
GROUP BY time`),
  },
  {
    id: 'posts-list',
    title: 'The newest 100 posts',
    question:
      'What do people write? Effects are marked in orange, products in blue, what is denied, doubtful, somebody else’s or the reason for taking in grey; the date opens the original.',
    kind: 'posts',
    columns: post,
    empty: 'No post fits: choose a longer time, or fewer conditions.',
    sql: postsToRead(`
  SELECT post_id, max(created_at) AS written
  FROM vigilstream.mentions
  WHERE ${inRange}
  GROUP BY post_id
  ORDER BY written DESC, post_id
  LIMIT 100`),
  },
);
