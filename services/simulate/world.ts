import { createAccounts } from './accounts.ts';
import type { WireChunk } from './event.ts';
import { pharmacy } from './pharmacy.ts';
import { profiles, type ProfileName } from './profile.ts';
import { cumulate, hashOf } from './random.ts';
import { createStage } from './stage.ts';
import { createWriter } from './writer.ts';
import type { WireFormat } from './wire/wire.ts';

/** One product and one reaction that are posted together more often from some day on. */
export type Signal = {
  readonly product: string;
  readonly reaction: string;
  /** Posts a day before the rise. */
  readonly perDay: number;
  /** By how much the rate grows. */
  readonly factor: number;
  /** For how many days before the end of the history. */
  readonly lastDays: number;
};

export type WorldOptions = {
  readonly seed: number;
  /** First moment of the history. */
  readonly start: Date;
  readonly days: number;
  /** Posts a day, reposts and answers included; the number of records is a little larger. */
  readonly postsPerDay: number;
  readonly profile: ProfileName;
  /** Platforms that take part, with the profile's shares; all by default. */
  readonly platforms?: readonly WireFormat[];
  /** `false` for none; what is left out is chosen. */
  readonly signal?: Partial<Signal> | false;
};

export type World = {
  readonly options: WorldOptions;
  readonly signal: Signal | undefined;
  /** When the planted rate rises, and when the history ends. */
  readonly riseAt: number;
  readonly end: number;
  /** The whole history in the order of time; the same at every call. */
  history(): Generator<WireChunk, void>;
  /**
   * Goes on without end from `from` (not before the end of the history), `rate` posts per second, the
   * planted pair at its raised rate. The same seed and `from` give the same records.
   */
  live(options: { from: number; rate: number }): Generator<WireChunk, void>;
};

export const dayMs = 86_400_000;

/** An invented world. Everything in it follows from the options; nothing is read and no clock is asked. */
export function createWorld(options: WorldOptions): World {
  const { seed, days, postsPerDay } = options;
  const profile = profiles[options.profile];
  const start = options.start.getTime();
  const end = start + days * dayMs;
  const signal = signalOf(options);
  const riseAt = end - (signal?.lastDays ?? 0) * dayMs;
  const wanted = options.platforms;
  const platforms = profile.platforms.filter(([format]) => !wanted || wanted.includes(format));
  if (platforms.length === 0) throw new RangeError('a world needs at least one platform');
  if (signal) checkPair(signal);

  const begin = (name: string, live: boolean) => {
    const shares = cumulate(profile.languages.map(([, weight]) => weight));
    const accounts = createAccounts({
      seed,
      people: Math.min(200_000, Math.max(400, Math.round((postsPerDay * days) / 4))),
      languages: profile.languages.map(([language]) => language),
      shares,
      before: start,
      live,
    });
    const writer = createWriter({
      seed: hashOf(seed, name),
      profile,
      accounts,
      signal,
      posts: postsPerDay * days,
    });
    return createStage({ seed: hashOf(seed, name, 'stage'), profile, platforms, accounts, writer, live });
  };

  return {
    options,
    signal,
    riseAt,
    end,
    history: () =>
      begin('history', false).play({ from: start, until: end, perDay: postsPerDay, signal, riseAt }),
    live: ({ from, rate }) =>
      begin(`live ${from}`, true).play({
        from: Math.max(from, end),
        until: Number.POSITIVE_INFINITY,
        perDay: rate * 86_400,
        signal: signal && { ...signal, perDay: (signal.perDay / postsPerDay) * rate * 86_400 },
        riseAt,
      }),
  };
}

function signalOf(options: WorldOptions): Signal | undefined {
  if (options.signal === false) return undefined;
  const profile = profiles[options.profile];
  const weights = cumulate(profile.roles.map(([, weight]) => weight)).at(-1) ?? 1;
  const effects = (profile.roles.find(([role]) => role === 'effect')?.[1] ?? 0) / weights;
  return {
    product: 'montelukast',
    reaction: 'nightmare',
    // Rare before and frequent after, so that it is found although a model misses nine of ten such posts.
    perDay: options.postsPerDay * profile.relevant * effects * 0.02,
    factor: 20,
    lastDays: Math.min(10, Math.max(1, Math.floor(options.days / 4))),
    ...options.signal,
  };
}

function checkPair(signal: Signal): void {
  const { products, reactions } = pharmacy();
  if (!products.some(({ name }) => name === signal.product))
    throw new RangeError(`no product ${signal.product}`);
  if (!reactions.some(({ term }) => term === signal.reaction))
    throw new RangeError(`no reaction ${signal.reaction}`);
}
