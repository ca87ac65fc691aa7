import type { Analysis, GateVerdict, ProductMention } from '../../schemas/analysis.ts';
import type { Clock } from '../shared/clock.ts';
import { sha256Hex } from '../shared/ids.ts';
import { blank } from './blank.ts';
import type { InferConfig } from './config.ts';
import { createDecoder, placesIn, type Decoder } from './decode.ts';
import { inSample } from './gate.ts';
import type { Bundle } from './models/bundle.ts';
import { normaliseSpans } from './normalise.ts';
import type { Scheduler } from './scheduler.ts';
import type { Lexicon, ProductMatch } from '../terminology/lexicon/matcher.ts';
import type { TermIndex } from '../terminology/term-index.ts';
import { piecesIn, windowsOf } from './window.ts';

export type PostText = { readonly id: string; readonly revision: number; readonly text: string };

export type AnalyseOptions = {
  /** Overrides `infer.gate.enabled`. */
  readonly gate?: boolean;
  /** Ids of the tasks wanted; all by default. */
  readonly tasks?: readonly string[];
};

/** What is known of a post before the model has seen it. */
export type Screened = {
  readonly verdict: GateVerdict;
  readonly score: number;
  readonly products: ProductMention[];
};

export type Engine = {
  readonly versions: Analysis['versions'];
  /** Ids of the tasks that the bundle answers. */
  readonly tasks: readonly string[];
  /** The gate's verdict, at once. Only `refused` posts need no answer of the model. */
  screen(post: PostText, options?: AnalyseOptions): Screened;
  /** The analysis of a refused post. */
  refuse(post: PostText, screened: Screened): Analysis;
  /**
   * The analysis of a post that was not refused.
   * @throws VigilError MODEL_POISON when the model fails on this post alone; MODEL_RUN or MODEL_DIED when
   *   the model is broken.
   */
  answer(post: PostText, screened: Screened, options?: AnalyseOptions): Promise<Analysis>;
  /** All posts, in their order. @throws as `answer`, for the first post that fails. */
  analyse(posts: readonly PostText[], options?: AnalyseOptions): Promise<Analysis[]>;
  /** No more posts are to come for now: what waits for company goes to the model at once. */
  flush(): void;
};

/** Mentions of products that are kept of one post. */
const mostMentions = 200;

/** Mentions in the order of the text; of too many the first of each product before those that say it again. */
function fewOf(mentions: readonly ProductMatch[]): readonly ProductMatch[] {
  if (mentions.length <= mostMentions) return mentions;
  const named = new Map<string, ProductMatch>();
  for (const mention of mentions) if (!named.has(mention.productId)) named.set(mention.productId, mention);
  const kept = new Set([...new Set([...named.values(), ...mentions])].slice(0, mostMentions));
  return mentions.filter((mention) => kept.has(mention));
}

/**
 * Gate, tokenise, batch, run, decode, normalise: everything between a text and its analysis. One pass of
 * the encoder answers all tasks. The same posts give the same analyses up to the rounding of quantised
 * weights, which can move a probability with the other posts of the batch.
 */
export function createEngine(deps: {
  bundle: Bundle;
  scheduler: Scheduler;
  lexicon: Pick<Lexicon, 'find' | 'version'>;
  terms: TermIndex;
  config: Pick<InferConfig, 'gate' | 'maxWindows'>;
  clock: Clock;
  code: string;
  /** `live`, or the id of a replay. */
  run: string;
}): Engine {
  const { bundle, scheduler, lexicon, terms, config, clock, code, run } = deps;
  const { tokeniser, gate } = bundle;
  const { maxTokens } = bundle.manifest;
  const maxPieces = piecesIn(config.maxWindows, maxTokens);
  const { terminology } = terms;
  const versions = {
    model: bundle.model,
    // With what the settings decide: how far a term is trusted, how many are kept, how much of a text is read.
    thresholds: sha256Hex(JSON.stringify([bundle.thresholds, terms.settings, config.maxWindows]), 12),
    terminology: `${terminology.name}@${terminology.version}+${lexicon.version}`,
    code,
  };
  const decodeAll = createDecoder(bundle.tasks);
  const decoders = new Map<string, Decoder>();
  const decoderFor = (tasks: readonly string[] | undefined): Decoder => {
    if (tasks === undefined) return decodeAll;
    const key = tasks.join(' ');
    const known = decoders.get(key);
    if (known) return known;
    // What is said of spans and the vectors that find their terms come with the spans.
    const made = createDecoder(
      bundle.tasks.filter(({ task }) => tasks.includes(task.id) || ['marks', 'vector'].includes(task.kind)),
    );
    decoders.set(key, made);
    return made;
  };

  const analysis = (post: PostText, { verdict, score, products }: Screened): Analysis => ({
    v: 1,
    postId: post.id,
    revision: post.revision,
    run,
    gate: { verdict, score },
    tasks: {},
    spans: [],
    products,
    truncated: false,
    analysedAt: clock.now(),
    milliseconds: 0,
    versions,
  });

  /** Names that could as well be ordinary words say nothing and are left out. */
  const productsIn = (text: string): ProductMention[] => {
    const found = fewOf(lexicon.find(text).filter(({ ambiguous }) => !ambiguous));
    if (found.length === 0) return [];
    const place = placesIn(text);
    return found.map(({ productId, name, kind, start, end }) => ({
      id: productId,
      name,
      kind,
      ...place(start, end),
    }));
  };

  const screen: Engine['screen'] = ({ id, text }, options) => {
    const products = productsIn(text);
    if (!(options?.gate ?? config.gate.enabled)) return { verdict: 'off', score: 0, products };
    const score = Math.round(gate.score(text).score * 1e4) / 1e4;
    if (products.length > 0 || score >= gate.threshold) return { verdict: 'passed', score, products };
    return { verdict: inSample(id, config.gate.sample) ? 'sampled' : 'refused', score, products };
  };

  const answer: Engine['answer'] = async (post, screened, options) => {
    const encoding = tokeniser.encode(blank(post.text), maxPieces);
    const windows = windowsOf(encoding, tokeniser, maxTokens);
    const answers = await Promise.all(windows.map(({ ids }) => scheduler.run(ids)));
    const { tasks, spans } = decoderFor(options?.tasks)(encoding, windows, answers);
    return {
      ...analysis(post, screened),
      tasks,
      spans: normaliseSpans(post.text, spans, terms),
      truncated: encoding.cut,
      milliseconds: Math.round(answers.reduce((sum, { milliseconds }) => sum + milliseconds, 0) * 1e3) / 1e3,
    };
  };

  return {
    versions,
    tasks: bundle.tasks.map(({ task }) => task.id),
    screen,
    refuse: analysis,
    answer,
    async analyse(posts, options) {
      const answers = posts.map(async (post) => {
        const screened = screen(post, options);
        return screened.verdict === 'refused' ? analysis(post, screened) : answer(post, screened, options);
      });
      scheduler.flush();
      return Promise.all(answers);
    },
    flush: () => scheduler.flush(),
  };
}
