import { html, raw } from 'hono/html';
import type { AppContext } from '../env.ts';
import { linkTo } from '../range.ts';
import type { Html } from '../shell.ts';

export type Choice = { readonly value: string; readonly text: string };

/** Links that set one parameter of the present address and keep the others, the chosen one marked. */
export function choiceLinks(
  c: AppContext,
  label: string,
  name: string,
  chosen: string,
  choices: readonly Choice[],
): Html {
  const others = Object.fromEntries(
    Object.entries(c.req.query()).filter(([key]) => key !== name && key !== 'cursor'),
  );
  return html`<nav class="segmented" aria-label="${label}">
    <span>${label}</span>
    ${choices.map(
      ({ value, text }) =>
        html`<a
          href="${linkTo(c, c.req.path, { ...others, [name]: value })}"
          ${value === chosen ? raw('aria-current="true"') : ''}
          >${text}</a
        >`,
    )}
  </nav>`;
}

/** The switch that shows the counts with copies, automated accounts and suspected advertising. */
export function duplicatesChoice(c: AppContext): Html {
  return choiceLinks(c, 'Copies, bots, adverts', 'duplicates', c.req.query('duplicates') ?? 'without', [
    { value: 'without', text: 'left out' },
    { value: 'with', text: 'counted' },
  ]);
}

export function levelChoice(c: AppContext): Html {
  return choiceLinks(c, 'Reactions by', 'level', c.req.query('level') ?? 'term', [
    { value: 'term', text: 'term' },
    { value: 'class', text: 'organ class' },
  ]);
}
