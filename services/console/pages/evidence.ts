import { html } from 'hono/html';
import type { Evidence } from '../../../schemas/signal.ts';
import { counted, countText, numberText } from '../format.ts';
import type { Html } from '../shell.ts';

/** The evidence in one sentence, as it is told on every page. */
export function evidenceSentence({ change, recent, baseline }: Evidence): Html {
  const expected = numberText(change.expected, undefined, 1);
  return html`${counted(change.people, 'people')} in ${change.days} ${change.days === 1 ? 'day' : 'days'}
  where ${expected} had been expected (q ${numberText(change.q, undefined, 3)} over ${countText(change.pairs)}
  pairs); last seven days ${counted(recent, 'people')}, seven days before ${countText(baseline)}`;
}

type Interval = {
  readonly value: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
};

const measure = (name: string, what: string, { value, lower, upper }: Interval, note = ''): Html =>
  html`<tr>
    <th scope="row"><abbr title="${what}">${name}</abbr></th>
    <td class="number">${numberText(value, 'ratio')}</td>
    <td class="number">${numberText(lower, 'ratio')} to ${numberText(upper, 'ratio')}</td>
    <td class="quiet">${note}</td>
  </tr>`;

/** A 2x2 table with its margins, in people: a of both, b of the product, c of the reaction, d of neither. */
export function twoByTwo(
  { a, b, c, d }: { readonly a: number; readonly b: number; readonly c: number; readonly d: number },
  others = 'other products',
): Html {
  const cell = (value: number): Html => html`<td class="number">${countText(value)}</td>`;
  return html`<table class="two-by-two">
    <thead>
      <tr>
        <td></td>
        <th scope="col" class="number">this reaction</th>
        <th scope="col" class="number">other reactions</th>
        <th scope="col" class="number">all</th>
      </tr>
    </thead>
    <tbody>
      <tr>
        <th scope="row">this product</th>
        ${cell(a)} ${cell(b)} ${cell(a + b)}
      </tr>
      <tr>
        <th scope="row">${others}</th>
        ${cell(c)} ${cell(d)} ${cell(c + d)}
      </tr>
      <tr>
        <th scope="row">all</th>
        ${cell(a + c)} ${cell(b + d)} ${cell(a + b + c + d)}
      </tr>
    </tbody>
  </table>`;
}

/** The 2x2 table and the measures of an evidence. */
export function evidenceTables(evidence: Evidence): Html {
  const { n11, n1x, nx1, n, prr, ror, ic, ebgm, presets, detectors } = evidence;
  return html`<div class="columns">
      <div>
        <p class="quiet">People from ${evidence.from} to ${evidence.to}</p>
        ${twoByTwo({ a: n11, b: n1x - n11, c: nx1 - n11, d: n - n1x - nx1 + n11 })}
      </div>
      <table>
        <caption>
          Measures of disproportionality
        </caption>
        <thead>
          <tr>
            <th scope="col">measure</th>
            <th scope="col" class="number">value</th>
            <th scope="col" class="number">interval</th>
            <th scope="col"></th>
          </tr>
        </thead>
        <tbody>
          ${measure('PRR', 'proportional reporting ratio', prr, `χ² ${numberText(prr.chiSquare, undefined, 1)}`)}
          ${measure('ROR', 'reporting odds ratio', ror)} ${measure('IC', 'information component', ic, '95 %')}
          ${measure('EBGM', 'empirical Bayes geometric mean', ebgm, '90 %')}
        </tbody>
      </table>
    </div>
    <p>
      Criteria met:
      ${presets.length > 0 ? presets.map((name) => html`<span class="badge accent">${name}</span> `) : html`<span class="quiet">no preset of disproportionality</span>`}
      · Detectors:
      ${detectors.length > 0 ? detectors.map((name) => html`<span class="badge">${name}</span> `) : html`<span class="quiet">none</span>`}
    </p>`;
}
