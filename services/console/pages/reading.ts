import { html } from 'hono/html';
import type { Database } from '../../store/database.ts';
import { textsSql } from '../../store/queries/console.ts';
import type { Question } from '../../store/queries/mention-filter.ts';
import { analysesOfSql, type AnalysisRow } from '../../store/queries/post-details.ts';
import type { AppContext } from '../env.ts';
import { percentText, timeTag } from '../format.ts';
import { markedText, type Marked } from '../marked.ts';
import { linkTo } from '../range.ts';
import { roleText } from './post-text.ts';
import { emptyState, type Html } from '../shell.ts';

type Example = {
  readonly post_id: string;
  readonly revision: number;
  readonly created_at: number;
  readonly source: string;
  readonly lang: string;
  readonly probability: number;
};
type Text = { readonly postId: string; readonly revision: number; readonly text: string };
type Answer = AnalysisRow & { readonly postId: string };

/** The spans of an analysis, with the term of each to point at. */
export function spansOf(answer: AnalysisRow): Marked[] {
  return answer.spanLabels.map((label, index) => {
    const concept = answer.spanConcepts[index] || answer.spanClasses[index] || '';
    const score = percentText(answer.spanScores[index] ?? 0);
    const role = answer.spanRoles[index] ?? '';
    const counts = label !== 'effect' || role === '' || role === 'effect';
    return {
      label: counts ? label : `${label} ${role}`,
      start: answer.spanStarts[index] ?? 0,
      end: answer.spanEnds[index] ?? 0,
      title: `${label}${concept ? `: ${concept}` : ''} (${score})${counts ? '' : `, ${roleText(role)}`}`,
    };
  });
}

/** The reactions of an analysis, each once, with what it counts as; one that somebody had somewhere counts. */
function reactionsOf(answer: AnalysisRow): { name: string; role: string }[] {
  const roles = new Map<string, string>();
  answer.spanRoles.forEach((role, index) => {
    const name = answer.spanConcepts[index] || answer.spanClasses[index];
    if (name && roles.get(name) !== 'effect') roles.set(name, role);
  });
  return Array.from(roles, ([name, role]) => ({ name, role }));
}

function item(c: AppContext, example: Example, text: string, answer: Answer | undefined): Html {
  const reactions = answer ? reactionsOf(answer) : [];
  return html`<li class="reading" data-row tabindex="-1">
    <p class="reading-meta">
      ${timeTag(example.created_at)} · ${example.source} · sure ${percentText(example.probability)}
      <a href="${linkTo(c, `/posts/${encodeURIComponent(example.post_id)}`)}">open</a>
    </p>
    <p class="reading-text" lang="${example.lang}">${markedText(text, answer ? spansOf(answer) : [])}</p>
    ${reactions.length > 0 ? html`<p>${reactions.map(({ name, role }) => html`<span class="chip effect ${role === 'effect' ? '' : 'weak'}" title="${roleText(role)}">${name}</span> `)}</p>` : ''}
  </li>`;
}

/**
 * Posts to read for a question of examples (`examplesOf`), with the words that the model marked.
 * Posts that are gone, or were edited since, are left out. The texts of a list are not single posts: only who opens
 * one is written to the audit.
 */
export async function readingList(
  c: AppContext,
  database: Database,
  question: Question,
  title = 'Posts to read first',
): Promise<Html> {
  const examples = await database.query<Example>(question.sql, { params: question.params });
  const ids = examples.map(({ post_id: id }) => id);
  const times = examples.map(({ created_at: at }) => String(at));
  const [texts, answers] =
    ids.length === 0
      ? [[], []]
      : await Promise.all([
          database.query<Text>(textsSql, { params: { ids } }),
          database.query<Answer>(analysesOfSql([]), { params: { ids, times } }),
        ]);
  const textOf = new Map(texts.map(({ postId, revision, text }) => [`${postId} ${revision}`, text]));
  const answerOf = new Map(
    answers.toReversed().map((answer): [string, Answer] => [`${answer.postId} ${answer.revision}`, answer]),
  );
  const items = examples.flatMap((example) => {
    const key = `${example.post_id} ${example.revision}`;
    const text = textOf.get(key);
    return text === undefined ? [] : [item(c, example, text, answerOf.get(key))];
  });
  return html`<section class="card" aria-labelledby="reading-title">
    <h2 id="reading-title">${title}</h2>
    ${
      items.length === 0
        ? emptyState('No post fits', 'Choose a longer time, or fewer conditions.')
        : html`<ol class="reading-list">
            ${items}
          </ol>`
    }
  </section>`;
}
