import {
  countQuantile,
  negativeBinomialUpper,
  normalQuantile,
  normalUpper,
  poissonUpper,
  studentUpper,
} from '../statistics/distributions.ts';
import { fitQuasiPoisson } from './quasi-poisson.ts';
import type { QuasiPoisson } from './quasi-poisson.ts';
import type { Judge, Judgement } from './series.ts';

export type FarringtonOptions = {
  /** Bins of a year. */
  readonly frequency?: number;
  /** Years to look back; fewer where the history is shorter, at least one. */
  readonly years?: number;
  /** Bins on either side of the same bin of a year before that belong to its season. */
  readonly halfWindow?: number;
  /** Levels of the season, the window's own among them; 1 uses the windows only, as Farrington 1996 did. */
  readonly periods?: number;
  /** Bins directly before the one judged that the baseline leaves out. */
  readonly pastNotIncluded?: number;
  /** Anscombe residuals beyond this are down-weighted. */
  readonly weightsThreshold?: number;
  readonly alpha?: number;
  /** A trend is kept where its p is below this; it needs three years. */
  readonly trendP?: number;
  /** No alarm unless so many people in so many bins. */
  readonly least?: readonly [people: number, bins: number];
  /**
   * `delta`: normal interval on the power 2/3 (Farrington 1996); `plugin`: negative binomial at the fitted mean;
   * `muan`: negative binomial at an upper quantile of the mean (both Noufaily 2013).
   */
  readonly threshold?: 'delta' | 'plugin' | 'muan';
  /**
   * Variance of the fitted mean: from the quasi-Poisson dispersion as the papers say, or as `surveillance` 1.20 has it,
   * whose dispersion is computed from relative residuals after the weights were replaced.
   */
  readonly variance?: 'papers' | 'surveillance';
};

type Settings = Required<FarringtonOptions>;

const defaults: Settings = {
  frequency: 52,
  years: 4,
  halfWindow: 3,
  periods: 10,
  pastNotIncluded: 26,
  weightsThreshold: 2.58,
  alpha: 0.05,
  trendP: 0.05,
  least: [5, 4],
  threshold: 'plugin',
  variance: 'papers',
};

/**
 * Farrington's method with seasonal factors, in the improved ("flexible") form (Farrington and others 1996; Noufaily
 * and others 2013), after `farringtonFlexible` of the R package surveillance. For weekly series of a year or more.
 */
export function farrington(options: FarringtonOptions = {}): Judge {
  const given = { ...defaults, ...options };
  return (series, at) => {
    const { frequency, halfWindow } = given;
    const years = Math.min(given.years, Math.floor((at - halfWindow) / frequency));
    if (years < 1) return undefined;
    const settings = { ...given, years };
    const baseline = baselineOf(series, at, settings);
    const model = fitModel(baseline, settings);
    return model && judge(series, at, model, settings);
  };
}

type Baseline = {
  readonly counts: Float64Array;
  /** Years before the bin judged, as negative numbers. */
  readonly time: Float64Array;
  /** Level of the season, 1 to `periods`; the bin judged has the last. */
  readonly season: Uint8Array;
};

/** Bins of the years before, each with its season; those near the bin judged are left out. */
function baselineOf(series: ArrayLike<number>, at: number, settings: Settings): Baseline {
  const { frequency, years, halfWindow, periods, pastNotIncluded } = settings;
  const season = new Uint8Array(at + 1);
  for (let year = 1; year <= years; year++) {
    const reference = at - year * frequency;
    season.fill(periods, reference - halfWindow, reference + halfWindow + 1);
    if (periods === 1) continue;
    const between = frequency - 2 * halfWindow - 1;
    const length = Math.floor(between / (periods - 1));
    const longer = between % (periods - 1);
    let from = reference + halfWindow + 1;
    for (let level = 1; level < periods; level++) {
      const to = from + length + (level <= longer ? 1 : 0);
      season.fill(level, from, to);
      from = to;
    }
  }
  season.fill(0, Math.max(0, at - pastNotIncluded), at + 1);
  const bins: number[] = [];
  for (let bin = 0; bin < at; bin++) if (season[bin] !== 0) bins.push(bin);
  return {
    counts: Float64Array.from(bins, (bin) => series[bin] ?? 0),
    time: Float64Array.from(bins, (bin) => (bin - at) / frequency),
    season: Uint8Array.from(bins, (bin) => season[bin] ?? 0),
  };
}

type Model = {
  /** Linear predictor of the bin judged and its standard error. */
  readonly eta: number;
  readonly error: number;
  /** Dispersion, at least 1. */
  readonly phi: number;
};

function fitModel(baseline: Baseline, settings: Settings): Model | undefined {
  const { years, trendP } = settings;
  const withTrend = years >= 3 ? fitWeighted(baseline, true, settings) : undefined;
  if (withTrend) {
    const { fit, dispersion } = withTrend;
    const last = fit.coefficients.length - 1;
    const scale = settings.variance === 'papers' ? fit.dispersion : dispersion;
    const error = Math.sqrt(scale * (fit.covariance.at(-1) ?? 0));
    const p = 2 * studentUpper(Math.abs(fit.coefficients[last] ?? 0) / error, fit.degreesOfFreedom);
    const model = predict(withTrend);
    if (p < trendP && Math.exp(model.eta) <= Math.max(...baseline.counts)) return model;
  }
  const plain = fitWeighted(baseline, false, settings);
  return plain && predict(plain);
}

type Weighted = {
  readonly fit: QuasiPoisson;
  readonly phi: number;
  /** Dispersion that scales the standard errors. */
  readonly dispersion: number;
  /** Column of the design that the bin judged belongs to. */
  readonly level: number;
};

/** Fit, Anscombe residuals, weights, fit. */
function fitWeighted(baseline: Baseline, trend: boolean, settings: Settings): Weighted | undefined {
  const { counts, time, season } = baseline;
  const levels = [...new Set(season)].sort((x, y) => x - y);
  const design: Float64Array[] = levels.map((level) =>
    Float64Array.from(season, (own) => (own === level ? 1 : 0)),
  );
  if (trend) design.push(time);
  const first = fitQuasiPoisson(design, counts);
  if (!first) return undefined;
  const weights = weightsOf(counts, first, Math.max(1, first.dispersion), settings.weightsThreshold);
  const fit = fitQuasiPoisson(design, counts, weights);
  if (!fit) return undefined;
  const phi = Math.max(1, fit.dispersion);
  return {
    fit,
    phi,
    level: levels.indexOf(settings.periods),
    dispersion: settings.variance === 'papers' ? phi : relativeDispersion(counts, fit, weights),
  };
}

function weightsOf(
  counts: Float64Array,
  { fitted, hat }: QuasiPoisson,
  phi: number,
  threshold: number,
): Float64Array {
  const raw = Float64Array.from(fitted, (mu, row) => {
    const anscombe = 1.5 * ((counts[row] ?? 0) ** (2 / 3) * mu ** (-1 / 6) - Math.sqrt(mu));
    const residual = anscombe / Math.sqrt(phi * (1 - (hat[row] ?? 0)));
    return residual > threshold ? residual ** -2 : 1;
  });
  const sum = raw.reduce((total, weight) => total + weight, 0);
  return raw.map((weight) => (weight * counts.length) / sum);
}

function relativeDispersion(
  counts: Float64Array,
  { fitted, degreesOfFreedom }: QuasiPoisson,
  weights: Float64Array,
): number {
  let sum = 0;
  for (const [row, mu] of fitted.entries())
    sum += (weights[row] ?? 0) * (((counts[row] ?? 0) - mu) / mu) ** 2;
  return sum / degreesOfFreedom;
}

/** The bin judged has time 0, so its linear predictor is the coefficient of its season alone. */
function predict({ fit, phi, dispersion, level }: Weighted): Model {
  const size = fit.coefficients.length;
  const variance = dispersion * (fit.covariance[level * size + level] ?? 0);
  return { eta: fit.coefficients[level] ?? 0, error: Math.sqrt(variance), phi };
}

function judge(series: ArrayLike<number>, at: number, model: Model, settings: Settings): Judgement {
  const { alpha, least, threshold } = settings;
  const y = series[at] ?? 0;
  const expected = Math.exp(model.eta);
  const { upper, p } =
    threshold === 'delta'
      ? powerInterval(y, expected, model, alpha)
      : countInterval(y, threshold === 'muan' ? meanQuantile(model, alpha) : expected, model.phi, alpha);
  let recent = 0;
  for (let bin = Math.max(0, at - least[1] + 1); bin <= at; bin++) recent += series[bin] ?? 0;
  return { expected, upper, p, alarm: y > upper && y > 0 && recent >= least[0] };
}

type Bound = { readonly upper: number; readonly p: number };

const meanQuantile = ({ eta, error }: Model, alpha: number): number =>
  Math.exp(eta + normalQuantile(1 - alpha) * error);

function powerInterval(y: number, mean: number, { phi, error }: Model, alpha: number): Bound {
  const tau = phi + (mean * error) ** 2 / mean;
  const deviation = Math.sqrt((4 / 9) * mean ** (1 / 3) * tau);
  const centre = mean ** (2 / 3);
  return {
    upper: (centre + normalQuantile(1 - alpha) * deviation) ** 1.5,
    p: normalUpper((y ** (2 / 3) - centre) / deviation),
  };
}

function countInterval(y: number, mean: number, phi: number, alpha: number): Bound {
  const upperTail = (k: number): number =>
    phi > 1 ? negativeBinomialUpper(k, mean, mean / (phi - 1)) : poissonUpper(k, mean);
  return { upper: countQuantile(1 - alpha, mean, upperTail), p: upperTail(y) };
}
