import { html, raw } from 'hono/html';
import { taskList } from '../../../schemas/tasks.ts';
import { mentionRoles } from '../api/post-filter.ts';
import type { AppContext } from '../env.ts';
import type { Html } from '../shell.ts';
import { roleText } from './post-text.ts';
import type { Asked } from './posts-filter.ts';

const sentenceTasks = taskList.tasks.filter((task) => task.kind === 'sentence');

type Option = readonly [value: string, text: string];

/** A choice among options; what the address names beside them is one, too, so that it stays. */
function choose(name: string, label: string, options: readonly Option[], chosen: string): Html {
  const isKnown = options.some(([value]) => value === chosen);
  const all: readonly Option[] = isKnown ? options : [...options, [chosen, chosen]];
  return html`<label class="field"
    >${label}
    <select name="${name}">
      ${all.map(
        ([value, text]) =>
          html`<option value="${value}" ${value === chosen ? raw('selected') : ''}>${text}</option>`,
      )}
    </select>
  </label>`;
}

function typed(name: string, label: string, value: string, hint: string, list = ''): Html {
  return html`<label class="field"
    >${label}
    <input
      name="${name}"
      value="${value}"
      placeholder="${hint}"
      maxlength="200"
      autocomplete="off"
      ${list === '' ? '' : html`list="${list}"`}
    />
  </label>`;
}

const probability = (name: string, label: string, value: number): Html =>
  html`<label
    class="field"
    title="Of the positive answer where the question has one, else of the answer given"
    >${label} <input type="number" name="${name}" value="${value}" min="0" max="1" step="any"
  /></label>`;

const lists = [
  ['product', 'the product'],
  ['concept', 'the reaction'],
  ['class', 'the class'],
  ['source', 'the source'],
  ['lang', 'the language'],
  ['country', 'the country'],
] as const;

/** One field shows one value: what was asked beyond it stands beside the fields and stays until it is unticked. */
function furtherValues({ query, names }: Asked): Html {
  const further = lists.flatMap(([name, what]) =>
    query[name]
      .slice(1)
      .map(
        (value) =>
          html`<label class="field inline"
            ><input type="checkbox" name="${name}" value="${value}" checked /> or ${what}
            ${names.get(value) ?? value}</label
          >`,
      ),
  );
  return further.length === 0 ? html`` : html`<div class="toolbar">${further}</div>`;
}

export type FormLists = {
  readonly classes: readonly { readonly id: string; readonly name: string }[];
  readonly sources: readonly string[];
};

/** The conditions of the page of posts as a form; its address is the filter. */
export function postsForm(c: AppContext, asked: Asked, { classes, sources }: FormLists): Html {
  const { query, names } = asked;
  const name = (id: string | undefined): string => (id === undefined ? '' : (names.get(id) ?? id));
  const more = query.lang.length + query.country.length + query.source.length > 0 || query.task !== '';
  const labels = [...new Set(sentenceTasks.flatMap((task) => task.labels))];
  const kept = (['range', 'from', 'to'] as const).flatMap((key) => {
    const value = c.req.query(key);
    return value ? [html`<input type="hidden" name="${key}" value="${value}" />`] : [];
  });
  return html`<form class="card filter" method="get" action="/posts" id="filter" aria-label="Conditions">
    ${kept}
    <div class="fields">
      <label class="field wide"
        >Words
        <input
          type="search"
          name="q"
          value="${query.q}"
          maxlength="500"
          placeholder='word "a phrase" -not this'
          autocomplete="off"
        />
      </label>
      ${typed('product', 'Product', name(query.product[0]), 'any product', 'product-names')}
      ${typed('concept', 'Reaction', name(query.concept[0]), 'any reaction', 'reaction-names')}
      ${choose(
        'class',
        'Organ class',
        [['', 'any class'], ...classes.map(({ id, name: text }): Option => [id, text])],
        query.class[0] ?? '',
      )}
      ${choose(
        'role',
        'Mention',
        mentionRoles.map((role): Option => [role, role === '' ? 'any, or none' : roleText(role)]),
        query.role,
      )}
      ${choose(
        'duplicates',
        'Copies, bots, adverts',
        [
          ['with', 'shown'],
          ['without', 'left out'],
        ],
        query.duplicates,
      )}
    </div>
    <details class="more" ${more ? raw('open') : ''}>
      <summary>More conditions</summary>
      <div class="fields">
        ${choose(
          'source',
          'Source',
          [['', 'any source'], ...sources.map((one): Option => [one, one])],
          query.source[0] ?? '',
        )}
        ${typed('lang', 'Language', query.lang[0] ?? '', 'such as en')}
        ${typed('country', 'Country', query.country[0] ?? '', 'such as GB')}
        ${choose(
          'task',
          'Question to the model',
          [['', 'none'], ...sentenceTasks.map(({ id, title }): Option => [id, title])],
          query.task,
        )}
        <label class="field"
          >Its answer
          <select name="label">
            <option value="">any answer</option>
            ${labels.map((label) => {
              const of = sentenceTasks.filter((task) => task.labels.includes(label)).map(({ id }) => id);
              return html`<option
                value="${label}"
                data-tasks="${of.join(' ')}"
                ${label === query.label ? raw('selected') : ''}
              >
                ${label}
              </option>`;
            })}
          </select>
        </label>
        ${probability('minP', 'Probability from', query.minP)} ${probability('maxP', 'to', query.maxP)}
      </div>
    </details>
    ${furtherValues(asked)}
    <div class="bar">
      <button class="primary" type="submit">Find</button>
      <a href="/posts">Clear all</a>
    </div>
    <datalist id="product-names"></datalist>
    <datalist id="reaction-names"></datalist>
  </form>`;
}
