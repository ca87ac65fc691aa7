import type { Measures } from './measure.ts';
import type { Estimate } from './table.ts';

export type PresetName = 'evans' | 'ema' | 'ror' | 'mhra' | 'umc';

/** Whether a preset's criteria hold, and the sentence that says why, with people and interval. */
export type Verdict = { readonly fired: boolean; readonly why: string };

/** A published set of thresholds. The version changes whenever what it decides changes. */
export type Preset = {
  readonly name: PresetName;
  readonly version: number;
  /** `name@version`, as signals keep it. */
  readonly id: string;
  readonly title: string;
  readonly rule: string;
  readonly source: string;
  judge(measures: Measures): Verdict;
};

type Criterion = (measures: Measures) => { readonly holds: boolean; readonly text: string };

const figure = (value: number): string =>
  Number.isFinite(value) ? value.toFixed(Math.abs(value) < 100 ? 2 : 0) : String(value);
const interval = ({ value, low, high }: Estimate, percent = 95): string =>
  `${figure(value)} (${percent} % ${figure(low)} to ${figure(high)})`;

const people =
  (least: number): Criterion =>
  ({ table: { a } }) => ({ holds: a >= least, text: `${a} people ${a >= least ? '>=' : '<'} ${least}` });
const compare = (text: string, value: number, test: '>=' | '>', threshold: number): ReturnType<Criterion> => {
  const holds = test === '>' ? value > threshold : value >= threshold;
  return { holds, text: `${text} ${holds ? test : test === '>' ? '<=' : '<'} ${threshold}` };
};

function preset(description: Omit<Preset, 'id' | 'judge'>, criteria: readonly Criterion[]): Preset {
  return {
    ...description,
    id: `${description.name}@${description.version}`,
    judge: (measures) => {
      const found = criteria.map((criterion) => criterion(measures));
      return { fired: found.every(({ holds }) => holds), why: found.map(({ text }) => text).join('; ') };
    },
  };
}

/** The thresholds in use among regulators and monitoring centres. */
export const presets: Readonly<Record<PresetName, Preset>> = {
  evans: preset(
    {
      name: 'evans',
      version: 1,
      title: 'Evans',
      rule: 'PRR >= 2, chi-square with Yates >= 4, at least 3 people',
      source: 'Evans, Waller and Davis, Pharmacoepidemiology and Drug Safety 10 (2001) 483-486',
    },
    [
      ({ prr }) => compare(`PRR ${interval(prr)}`, prr.value, '>=', 2),
      ({ chi2Yates }) => compare(`chi-square ${figure(chi2Yates)}`, chi2Yates, '>=', 4),
      people(3),
    ],
  ),
  ema: preset(
    {
      name: 'ema',
      version: 1,
      title: 'EMA',
      rule: 'lower bound of PRR >= 1, at least 5 people',
      source:
        'EMA, Guideline on the use of statistical signal detection methods in EudraVigilance, EMEA/106464/2006',
    },
    [({ prr }) => compare(`lower bound of PRR ${interval(prr)}`, prr.low, '>=', 1), people(5)],
  ),
  ror: preset(
    {
      name: 'ror',
      version: 1,
      title: 'ROR',
      rule: 'lower bound of ROR > 1, at least 3 people',
      source:
        'van Puijenbroek and others, Pharmacoepidemiology and Drug Safety 11 (2002) 3-10; EMA/849944/2016',
    },
    [({ ror }) => compare(`lower bound of ROR ${interval(ror)}`, ror.low, '>', 1), people(3)],
  ),
  mhra: preset(
    {
      name: 'mhra',
      version: 1,
      title: 'MHRA',
      rule: 'EBGM >= 2.5, EB05 >= 1.8, at least 3 people',
      source: 'MHRA thresholds as in the CIOMS VIII report, Practical Aspects of Signal Detection (2010)',
    },
    [
      ({ ebgm }) =>
        ebgm
          ? compare(`EBGM ${interval(ebgm, 90)}`, ebgm.value, '>=', 2.5)
          : { holds: false, text: 'EBGM not fitted' },
      ({ ebgm }) => compare(`EB05 ${figure(ebgm?.low ?? Number.NaN)}`, ebgm?.low ?? Number.NaN, '>=', 1.8),
      people(3),
    ],
  ),
  umc: preset(
    {
      name: 'umc',
      version: 1,
      title: 'UMC',
      rule: 'IC025 > 0',
      source: 'Norén, Hopstadius and Bate, Statistical Methods in Medical Research 22 (2013) 57-69',
    },
    [
      ({ ic }) => compare(`IC025 of IC ${interval(ic)}`, ic.low, '>', 0),
      ({ table: { a } }) => ({ holds: true, text: `${a} people` }),
    ],
  ),
};
