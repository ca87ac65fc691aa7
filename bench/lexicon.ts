import { loadProducts } from '../services/terminology/lexicon/lexicon.ts';
import { createLexicon } from '../services/terminology/lexicon/matcher.ts';
import { median } from './shared/median.ts';
import { writeResult } from './shared/result.ts';

/** Processor time of the search for product names, by kind of post. `node bench/lexicon.ts [posts]`. */
const posts = Number(process.argv[2] ?? 200_000);

const chatter = [
  'lovely walk by the river this morning, the dog swam twice and slept all afternoon',
  'new season starts friday, who is watching with me? bringing popcorn and blankets',
  'honestly cannot believe the referee missed that, replay shows everything clearly',
  'traffic again... forty minutes for three kilometres, someone please invent teleportation',
  'happy birthday to my favourite colleague, cake is in the kitchen until it is not',
  'finally finished painting the bedroom, ended up with more green on me than on the wall',
];
const mentions = [
  'day four of zoloft and my stomach is not amused, anybody else?',
  'got the flu shot at lunch and my arm already hurts #flushot',
  'switched from effexor xr to prozac, brain zaps are gone at last',
  'they gave me hydroxychloriquine and some ibuprofen, fingers crossed',
];
const varied = (lines: readonly string[], n: number): string =>
  `${lines[n % lines.length]} ${(n * 2_654_435_761) % 1_000_003}`;

const list = await loadProducts();
const start = performance.now();
const lexicon = createLexicon(list);
const built = performance.now() - start;
process.stdout.write(
  `${list.products.length} products, ${list.names.length} names, built in ${built.toFixed(0)} ms; ${posts} posts, median of 5\n`,
);
process.stdout.write(
  '| posts | with a product | µs of processor/post | posts/s of one core |\n|---|---|---|---|\n',
);
const rows: unknown[] = [];
for (const [kind, lines] of Object.entries({ 'nothing in them': chatter, 'a product in each': mentions })) {
  const texts = Array.from({ length: posts }, (_, n) => varied(lines, n));
  const cpu: number[] = [];
  let found = 0;
  for (let run = 0; run < 6; run++) {
    found = 0;
    const before = process.cpuUsage();
    for (const text of texts) if (lexicon.has(text)) found++;
    const used = process.cpuUsage(before);
    if (run > 0) cpu.push((used.user + used.system) / posts);
  }
  const micros = median(cpu);
  rows.push({ posts: kind, found, cpuMicros: micros });
  process.stdout.write(
    `| ${kind} | ${found} | ${micros.toFixed(2)} | ${Math.round(1e6 / micros).toLocaleString('en')} |\n`,
  );
}
writeResult('lexicon', { names: list.names.length, builtMs: built, posts, rows });
