import type { Column, Link } from '../panel.ts';

/** Down to a product, on a dashboard and in the console. */
export const productLinks: readonly Link[] = [
  { to: 'dashboard', title: 'Product', dashboard: 'product', set: { product: 'product_id' } },
  { to: 'console', title: 'In the console', path: '/products/{product_id}' },
];

/** Down to a reaction; the level goes along. */
export const reactionLinks: readonly Link[] = [
  { to: 'dashboard', title: 'Reaction', dashboard: 'reaction', set: { term: 'reaction_id' } },
  { to: 'console', title: 'In the console', path: '/reactions/{reaction_id}' },
];

/** Down to the posts of a pair. */
export const pairPosts: Link = {
  to: 'dashboard',
  title: 'Read the posts',
  dashboard: 'posts',
  set: { product: 'product_id', term: 'reaction_id' },
};

export const product: Column = { field: 'product', title: 'Product', width: 140, links: productLinks };
export const reaction: Column = { field: 'reaction', title: 'Reaction', links: reactionLinks };
export const pairIds: readonly Column[] = [
  { field: 'product_id', title: 'Product id', hidden: true },
  { field: 'reaction_id', title: 'Reaction id', hidden: true },
];
export const people: Column = {
  field: 'people',
  title: 'People',
  unit: 'people',
  width: 80,
  links: [pairPosts],
};

/** Statistics of `pair_scores_latest`, with the thresholds that the presets use. */
export const statistics: readonly Column[] = [
  { field: 'expected', title: 'Expected', unit: 'ratio', decimals: 1, width: 80 },
  {
    field: 'prr',
    title: 'PRR',
    unit: 'ratio',
    width: 70,
    look: 'tone',
    thresholds: [
      { from: null, tone: 'calm' },
      { from: 2, tone: 'watch' },
    ],
  },
  {
    field: 'ror_lo',
    title: 'ROR, lower limit',
    unit: 'ratio',
    width: 115,
    look: 'tone',
    thresholds: [
      { from: null, tone: 'calm' },
      { from: 1, tone: 'watch' },
    ],
  },
  {
    field: 'ic025',
    title: 'IC025',
    unit: 'ratio',
    width: 70,
    look: 'tone',
    thresholds: [
      { from: null, tone: 'calm' },
      { from: 0, tone: 'watch' },
    ],
  },
  {
    field: 'eb05',
    title: 'EB05',
    unit: 'ratio',
    width: 70,
    look: 'tone',
    thresholds: [
      { from: null, tone: 'calm' },
      { from: 2, tone: 'watch' },
    ],
  },
];

export const change: readonly Column[] = [
  { field: 'recent', title: 'Last 7 days', unit: 'people', width: 95 },
  { field: 'baseline', title: '7 days before', unit: 'people', width: 105 },
  {
    field: 'change_q',
    title: 'q of the change',
    unit: 'ratio',
    decimals: 3,
    width: 115,
    look: 'tone',
    thresholds: [
      { from: null, tone: 'act' },
      { from: 0.01, tone: 'watch' },
      { from: 0.05, tone: 'calm' },
    ],
  },
];

/** Posts to read: when, what, who is meant; the date opens the original, the text the console's page. */
export const post: readonly Column[] = [
  {
    field: 'time',
    title: 'Written',
    width: 160,
    links: [{ to: 'address', title: 'Open the original', column: 'permalink' }],
  },
  {
    field: 'text',
    title: 'Post',
    look: 'marked',
    links: [
      { to: 'console', title: 'In the console', path: '/posts/{post_id}' },
      { to: 'address', title: 'Open the original', column: 'permalink' },
    ],
  },
  { field: 'effects', title: 'Reactions', width: 160, look: 'effect' },
  { field: 'products', title: 'Products', width: 130, look: 'product' },
  {
    field: 'probability',
    title: 'Sure',
    unit: 'probability',
    width: 70,
    look: 'tone',
    thresholds: [
      { from: null, tone: 'act' },
      { from: 0.5, tone: 'watch' },
      { from: 0.8, tone: 'calm' },
    ],
  },
  { field: 'source', title: 'Source', width: 90 },
  { field: 'lang', title: 'Language', width: 85 },
  { field: 'permalink', title: 'Address', hidden: true },
  { field: 'post_id', title: 'Id', hidden: true },
];
