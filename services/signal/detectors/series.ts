/**
 * What a detector says of one time bin. `p` is the chance of so many people or more were nothing new; `upper` is the
 * largest count that raises no alarm. `p` and some bounds are computed when they are read: a scan reads few of them.
 */
export type Judgement = {
  readonly expected: number;
  readonly upper: number;
  readonly p: number;
  readonly alarm: boolean;
};

/**
 * Judges bin `at` of a series of people per bin by the bins before it, and never by a later one.
 * @returns undefined where the history is too short
 */
export type Judge = (series: ArrayLike<number>, at: number) => Judgement | undefined;

/** Judgements of all bins as columns; NaN and 0 where the history was too short. */
export type Detection = {
  readonly expected: Float64Array;
  readonly upper: Float64Array;
  readonly p: Float64Array;
  readonly alarm: Uint8Array;
};

/** Judges every bin of the series. */
export function detect(series: ArrayLike<number>, judge: Judge): Detection {
  const size = series.length;
  const found = {
    expected: new Float64Array(size).fill(Number.NaN),
    upper: new Float64Array(size).fill(Number.NaN),
    p: new Float64Array(size).fill(Number.NaN),
    alarm: new Uint8Array(size),
  };
  for (let at = 0; at < size; at++) {
    const judgement = judge(series, at);
    if (!judgement) continue;
    found.expected[at] = judgement.expected;
    found.upper[at] = judgement.upper;
    found.p[at] = judgement.p;
    found.alarm[at] = judgement.alarm ? 1 : 0;
  }
  return found;
}

/** Sums of seven bins, the last week ending with the last bin; days before the first whole week are left out. */
export function toWeeks(days: ArrayLike<number>): Float64Array {
  const weeks = new Float64Array(Math.floor(days.length / 7));
  const first = days.length % 7;
  for (let day = first; day < days.length; day++) {
    const week = Math.floor((day - first) / 7);
    weeks[week] = (weeks[week] ?? 0) + (days[day] ?? 0);
  }
  return weeks;
}
