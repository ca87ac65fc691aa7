import { Hono } from 'hono';
import { html } from 'hono/html';
import { notePanels } from '../../../dashboards/panels/notes.ts';
import {
  assessmentQuerySchema,
  comparators,
  strataNames,
  type Assessment,
  type AssessmentQuery,
} from '../../../schemas/signal.ts';
import { examplesOf, seriesOf as seriesQuestion } from '../../store/queries/counts.ts';
import { subjectNameSql } from '../../store/queries/lists.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { AppContext, Env } from '../env.ts';
import { countText, numberText } from '../format.ts';
import { forest, type ForestRow } from '../panels/forest.ts';
import { postsFilter } from '../panels/links.ts';
import { chart } from '../panels/series.ts';
import { Problem } from '../problem.ts';
import { isoDay, linkTo, rangeOf } from '../range.ts';
import { emptyState, page, type Html } from '../shell.ts';
import { choiceLinks, duplicatesChoice } from './choices.ts';
import { twoByTwo } from './evidence.ts';
import { readingList } from './reading.ts';

const comparatorTexts = {
  all: 'all products',
  class: 'its group',
  'period-before': 'the time before',
} as const;

type Figures = {
  readonly value: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
};

function forestRow(label: string, people: number, { value, lower, upper }: Figures): ForestRow[] {
  if (value === null || lower === null || upper === null || people === 0) return [];
  return [{ label, people, estimate: value, lower, upper }];
}

/** All measures of a table on one axis; the information component as a power of two, so that 1 means no difference. */
function measuresOf({ measures, table }: Assessment): Html {
  const { prr, ror, ic, ebgm } = measures;
  const power = (value: number | null): number | null => (value === null ? null : 2 ** value);
  const rows = [
    ...forestRow('PRR (95 %)', table.a, prr),
    ...forestRow('ROR (95 %)', table.a, ror),
    ...forestRow('2^IC (95 %)', table.a, {
      value: power(ic.value),
      lower: power(ic.lower),
      upper: power(ic.upper),
    }),
    ...(ebgm ? forestRow('EBGM (90 %)', table.a, ebgm) : []),
  ];
  return rows.length === 0
    ? emptyState(
        'No measure can be computed',
        'A cell of the table is empty: too few people for a comparison.',
      )
    : forest(rows, 'value', 'interval');
}

function presetsOf({ presets, measures }: Assessment): Html {
  return html`<table>
      <thead>
        <tr>
          <th scope="col">criteria</th>
          <th scope="col">met</th>
          <th scope="col">why</th>
        </tr>
      </thead>
      <tbody>
        ${presets.map(
          ({ title, rule, fired, why }) =>
            html`<tr>
              <th scope="row"><abbr title="${rule}">${title}</abbr></th>
              <td>
                ${fired ? html`<span class="badge warn">yes</span>` : html`<span class="quiet">no</span>`}
              </td>
              <td class="quiet">${why}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    <p class="quiet">
      Expected ${numberText(measures.expected, undefined, 1)} people; χ²
      ${numberText(measures.chiSquare, undefined, 1)}, with Yates' correction
      ${numberText(measures.chiSquareYates, undefined, 1)}.
    </p>`;
}

function strataCard(c: AppContext, assessment: Assessment, by: string): Html {
  const { strata, stratified } = assessment;
  const rows = strata.flatMap(({ stratum, table, ror }) =>
    forestRow(stratum === '' ? 'not known' : stratum, table.a, ror),
  );
  return html`<section class="card panel" id="strata" aria-labelledby="strata-title">
    <div class="bar">
      <h2 id="strata-title">By stratum</h2>
      ${choiceLinks(c, 'Split by', 'by', by, [
        { value: '', text: 'nothing' },
        ...strataNames.map((name) => ({ value: name, text: name })),
      ])}
    </div>
    ${
      by === ''
        ? html`<p class="question">
            Does the pair stand out everywhere, or only in one place? Choose what to split by.
          </p>`
        : rows.length === 0
          ? emptyState('No stratum has enough people', 'Choose a longer time or another split.')
          : html`<p class="question">Reporting odds ratio in each stratum, with its 95 % interval.</p>
              ${forest(rows, 'ROR', '95 %')}
              ${
                stratified
                  ? html`<p>
                      Over all strata (Mantel and Haenszel): ROR ${numberText(stratified.ror.value, 'ratio')}
                      (${numberText(stratified.ror.lower, 'ratio')} to
                      ${numberText(stratified.ror.upper, 'ratio')}).
                    </p>`
                  : ''
              }`
    }
  </section>`;
}

/** What the address asks to be assessed; unknown words count as not given. */
function queryOf(c: AppContext, productId: string, conceptId: string, now: number): AssessmentQuery {
  const range = rangeOf((name) => c.req.query(name), now);
  const known = <T extends string>(values: readonly T[], name: string): T | undefined =>
    values.find((value) => value === c.req.query(name));
  const by = known(strataNames, 'by');
  return assessmentQuerySchema.parse({
    productId,
    conceptId,
    level: c.req.query('level') === 'class' ? 'class' : 'term',
    from: isoDay(range.from),
    to: isoDay(range.to - 1),
    comparator: known(comparators, 'comparator') ?? 'all',
    ...(by === undefined ? {} : { by }),
    withDuplicates: c.req.query('duplicates') === 'with',
  });
}

/** One product and one reaction: over time, against the comparator that one chooses, by stratum, in people's words. */
export function pairPage(deps: ConsoleDeps): Hono<Env> {
  const app = new Hono<Env>();
  const { database } = deps;
  app.get('/products/:product/:concept', async (c) => {
    const { product, concept } = c.req.param();
    const query = queryOf(c, product, concept, deps.clock.now());
    const { level, from, to, withDuplicates } = query;
    const nameOf = async (what: 'product' | 'term' | 'class', id: string): Promise<string | undefined> =>
      (await database.query<{ name: string }>(subjectNameSql(what), { params: { id } }))[0]?.name;
    const [productName, conceptName] = await Promise.all([
      nameOf('product', product),
      nameOf(level === 'class' ? 'class' : 'term', concept),
    ]);
    if (productName === undefined || conceptName === undefined) {
      throw new Problem(404, 'Nobody has told of this pair', {
        detail: 'Look it up on the page of its product.',
      });
    }
    const target = { productId: product, reactionId: concept, level };
    const filter = { from, to, withDuplicates };
    const series = seriesQuestion(target, 'day', filter);
    const [assessment, days, reading] = await Promise.all([
      deps.assess(query),
      database.query<{ at: string; people: number; posts: number }>(series.sql, { params: series.params }),
      readingList(c, database, examplesOf(target, filter, 8)),
    ]);
    return page(c, {
      title: `${productName} · ${conceptName}`,
      active: 'products',
      crumbs: [
        ['/products', 'Products'],
        [`/products/${encodeURIComponent(product)}`, productName],
      ],
      styles: ['charts', 'lists', 'uplot'],
      scripts: ['chart'],
      lead: html`Compared with ${assessment.compared}, ${from} to ${to}.`,
      actions: html`<a
        class="button"
        href="${linkTo(c, '/posts', postsFilter({ product, term: concept, level }))}"
        >Read the posts</a
      >`,
      body: html`<div class="toolbar">
          ${choiceLinks(
            c,
            'Compared with',
            'comparator',
            query.comparator,
            comparators.map((value) => ({ value, text: comparatorTexts[value] })),
          )}
          ${duplicatesChoice(c)}
        </div>
        <p class="note">${notePanels[0]?.question ?? ''}</p>
        <div class="panels">
          <section class="card panel" aria-labelledby="time-title">
            <h2 id="time-title">People over time</h2>
            <p class="question">How many people tell of it each day?</p>
            ${
              days.length === 0
                ? emptyState('Nobody in this time', 'Choose a longer time above.')
                : chart(
                    {
                      names: ['People'],
                      points: days.map(({ at, people }) => ({ at: Date.parse(at), values: [people] })),
                    },
                    {
                      id: 'pair-people',
                      title: 'People over time',
                      unit: 'people',
                      look: 'bars',
                      step: 86_400,
                    },
                  )
            }
          </section>
          <section class="card panel half" aria-labelledby="table-title">
            <h2 id="table-title">Table</h2>
            <p class="question">People (distinct authors): ${countText(assessment.table.a)} with both.</p>
            ${twoByTwo(assessment.table, query.comparator === 'period-before' ? 'the time before' : 'other products')}
          </section>
          <section class="card panel half" aria-labelledby="criteria-title">
            <h2 id="criteria-title">Criteria</h2>
            ${presetsOf(assessment)}
          </section>
          <section class="card panel" aria-labelledby="measures-title">
            <h2 id="measures-title">Measures</h2>
            ${measuresOf(assessment)}
          </section>
          ${strataCard(c, assessment, query.by ?? '')}
        </div>
        ${reading}`,
    });
  });
  return app;
}
