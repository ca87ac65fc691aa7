import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inferConfig } from '../services/infer/config.ts';
import { openServing } from '../services/infer/serving.ts';
import { systemClock } from '../services/shared/clock.ts';
import { createLogger } from '../services/shared/logger.ts';
import { createMetrics } from '../services/shared/metrics.ts';
import { confidenceFit } from '../services/terminology/confidence-fit.ts';
import { terminologyConfig } from '../services/terminology/config.ts';
import { createLexicalIndex } from '../services/terminology/lexical-index.ts';
import { openTerminology } from '../services/terminology/loaders/open.ts';
import { createVectorIndex } from '../services/terminology/vector-index.ts';
import { fitOf } from './term-confidence/fit.ts';
import { readMentions, searchAll } from './term-confidence/mentions.ts';
import { report } from './term-confidence/report.ts';
import { sourceOf } from './term-confidence/write.ts';

/**
 * Measures how well terms are found for mentions in their posts, and fits the confidence that they are right:
 * `node scripts/term-confidence.ts FILE [--model FOLDER] [--confidence 0.5] [--write]`, where FILE is what
 * `python -m vigil_training.mentions --split dev` writes. To be run after the vocabulary or the model has
 * changed; with --write the numbers go into services/terminology/confidence-fit.ts. Prints no text.
 */
const usage = 'usage: node scripts/term-confidence.ts FILE [--model FOLDER] [--confidence 0.5] [--write]\n';
const root = join(import.meta.dirname, '..');

function given(): { file: string; model: string; confidence: number; write: boolean } | undefined {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        model: { type: 'string', default: join(root, 'models', 'vigil-minilm') },
        confidence: { type: 'string', default: `${terminologyConfig.parse({}).confidence}` },
        write: { type: 'boolean', default: false },
      },
    });
    const [file, ...more] = positionals;
    const confidence = Number(values.confidence);
    if (file === undefined || more.length > 0 || !(confidence >= 0 && confidence <= 1)) return undefined;
    return { file, model: values.model, confidence, write: values.write };
  } catch {
    return undefined;
  }
}

const options = given();
if (!options) {
  process.stderr.write(usage);
  process.exit(2);
}
const mentions = await readMentions(options.file);
const terminology = await openTerminology();
const names = terminology.names();
const cacheDir = await mkdtemp(join(tmpdir(), 'term-confidence-'));
await using serving = await openServing(
  { ...inferConfig.parse({}), model: options.model },
  { clock: systemClock, metrics: createMetrics([]) },
);
const { embedder, bundle } = serving;
if (!embedder) throw new Error('this model makes no vectors');
const logger = createLogger({ level: 'info', format: 'pretty' });
const searched = await searchAll(mentions, serving, {
  words: createLexicalIndex(names, terminology.concepts.length),
  vectors: await createVectorIndex(names, { embedder, cacheDir, shippedDir: options.model, logger }),
  concepts: terminology.concepts,
});
await rm(cacheDir, { recursive: true });

console.log(`${bundle.model}, ${terminology.name}@${terminology.version}, ${names.length} names\n`);
console.log(report(searched, { before: confidenceFit, confidence: options.confidence }));
const posts = new Set(searched.map(({ post }) => post)).size;
const basis = [
  `Fitted on ${searched.length} mentions of ${posts} posts, annotated real ones and the project's own, that the`,
  `model was not trained on: ${bundle.model}, ${terminology.name}@${terminology.version}.`,
].join('\n');
const source = sourceOf(fitOf(searched), basis);
console.log(`\n${source}`);
if (options.write) await writeFile(join(root, 'services', 'terminology', 'confidence-fit.ts'), source);
