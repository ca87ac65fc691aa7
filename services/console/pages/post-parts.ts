import { html } from 'hono/html';
import type { RelatedRow } from '../../store/queries/post-details.ts';
import type { AppContext } from '../env.ts';
import { counted, percentText, timeTag } from '../format.ts';
import type { PostAnalysis, PostSpan } from '../post-analysis.ts';
import { linkTo } from '../range.ts';
import { emptyState, type Html } from '../shell.ts';
import { originalLink, postPath, probabilityBar, probabilityText, roleText } from './post-text.ts';

/** The answers to every sentence task, each with its probability against the threshold. */
export function answersCard(analysis: PostAnalysis): Html {
  return html`<section class="card" aria-labelledby="answers-title">
    <h2 id="answers-title">Answers of the model</h2>
    ${
      analysis.gate === 'refused'
        ? html`<p class="note">
            The gate refused this post: a small first model found no sign of a product or a complaint in it,
            so it was not read further.
          </p>`
        : html`<div class="scroll" tabindex="0" role="region" aria-label="Answers">
            <table class="answers">
              <thead>
                <tr>
                  <th scope="col">question</th>
                  <th scope="col">answer</th>
                  <th scope="col">probability against threshold</th>
                  <th scope="col" class="number">probability</th>
                  <th scope="col" class="number">threshold</th>
                </tr>
              </thead>
              <tbody>
                ${analysis.answers.map(
                  (answer) =>
                    html`<tr>
                      <th scope="row">
                        <details>
                          <summary>${answer.title}</summary>
                          <p class="quiet">${answer.meaning}</p>
                        </details>
                      </th>
                      <td>${answer.label}</td>
                      <td class="bar-cell">${probabilityBar(answer)}</td>
                      <td class="number">${probabilityText(answer)}</td>
                      <td class="number">
                        ${answer.threshold === null ? '–' : percentText(answer.threshold)}
                      </td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
  </section>`;
}

function termCell(c: AppContext, span: PostSpan): Html {
  const [id, name, level] =
    span.conceptId === '' ? [span.classId, span.class, 'class'] : [span.conceptId, span.concept, 'term'];
  if (id === '')
    return html`<span class="quiet">${span.label === 'effect' ? 'no term is sure enough' : '–'}</span>`;
  return html`<a href="${linkTo(c, `/reactions/${encodeURIComponent(id)}`, { level })}">${name}</a>
    ${level === 'class' ? html`<small class="quiet">class only</small>` : html`<small class="quiet">${span.class}</small>`}`;
}

function considered(candidates: PostSpan['candidates']): Html {
  if (candidates.length === 0) return html`<span class="quiet">none</span>`;
  return html`<ol class="candidates">
    ${candidates.map(({ term, score }) => html`<li>${term} <span class="quiet">${percentText(score)}</span></li>`)}
  </ol>`;
}

/**
 * What was marked in the text, the term of each mark and the terms that were considered for it. `text` is of the
 * revision that was analysed.
 */
export function spansCard(c: AppContext, { spans, products }: PostAnalysis, text: string): Html {
  const words = (span: { readonly startUtf16: number; readonly endUtf16: number }): string =>
    text.slice(span.startUtf16, span.endUtf16);
  return html`<section class="card" aria-labelledby="spans-title">
    <h2 id="spans-title">Marked in the text</h2>
    ${
      spans.length + products.length === 0
        ? emptyState('Nothing was marked', 'The model saw neither an effect nor a product here.')
        : html`<div class="scroll" tabindex="0" role="region" aria-label="Marks">
            <table class="rows">
              <thead>
                <tr>
                  <th scope="col">mark</th>
                  <th scope="col" class="number">score</th>
                  <th scope="col">term</th>
                  <th scope="col" class="number">score</th>
                  <th scope="col">considered</th>
                  <th scope="col">role</th>
                  <th scope="col" class="number" title="in UTF-16 units of the text">place</th>
                </tr>
              </thead>
              <tbody>
                ${spans
                  .toSorted((a, b) => a.startUtf16 - b.startUtf16)
                  .map(
                    (span) =>
                      html`<tr data-row tabindex="-1" data-start="${span.startUtf16}">
                        <td>
                          <mark class="${span.label}" title="${span.label}"
                            >${words(span) || span.label}</mark
                          >
                        </td>
                        <td class="number">${percentText(span.score)}</td>
                        <td>${termCell(c, span)}</td>
                        <td class="number">
                          ${span.conceptId === '' ? '–' : percentText(span.conceptScore)}
                        </td>
                        <td>${span.label === 'effect' ? considered(span.candidates) : ''}</td>
                        <td>
                          ${span.label === 'effect' ? roleText(span.role) : ''}
                          ${span.marks.map((mark) => html`<span class="badge">${mark}</span> `)}
                        </td>
                        <td class="number quiet">${span.startUtf16}–${span.endUtf16}</td>
                      </tr>`,
                  )}
                ${products.map(
                  ({ id, name, kind, startUtf16, endUtf16 }) =>
                    html`<tr data-row tabindex="-1" data-start="${startUtf16}">
                      <td>
                        <mark class="drug" title="product"
                          >${words({ startUtf16, endUtf16 }) || 'product'}</mark
                        >
                      </td>
                      <td></td>
                      <td>
                        <a href="${linkTo(c, `/products/${encodeURIComponent(id)}`)}">${name}</a>
                        <small class="quiet">${kind}</small>
                      </td>
                      <td></td>
                      <td></td>
                      <td></td>
                      <td class="number quiet">${startUtf16}–${endUtf16}</td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
  </section>`;
}

/** What other models, runs and revisions say of the same post. */
export function otherAnswers(analyses: readonly PostAnalysis[]): Html {
  if (analyses.length === 0) return html``;
  return html`<section class="card" aria-labelledby="others-title">
    <h2 id="others-title">Other models, runs and versions</h2>
    ${analyses.map((one) => {
      const effect = one.answers.find(({ id }) => id === 'adverse_effect');
      return html`<details class="other">
        <summary>
          <code>${one.model}</code> · run ${one.run} · revision ${one.revision} · ${timeTag(one.analysedAt)} ·
          ${effect ? html`${effect.title}: ${effect.label} (${probabilityText(effect)})` : `gate: ${one.gate}`}
        </summary>
        <ul>
          ${one.answers.map((answer) => html`<li>${answer.title}: ${answer.label} (${probabilityText(answer)})</li>`)}
        </ul>
        <p>
          ${one.spans
            .filter(({ label }) => label === 'effect')
            .map(
              (span) =>
                html`<span
                  class="chip effect ${span.role === 'effect' ? '' : 'weak'}"
                  title="${roleText(span.role)}"
                  >${span.concept || span.class || 'no term'}</span
                > `,
            )}
        </p>
      </details>`;
    })}
  </section>`;
}

/** Posts that belong to this one, as a list with numbered people. */
export function relatedCard(c: AppContext, title: string, id: string, related: readonly RelatedRow[]): Html {
  const people = new Set(related.map(({ person }) => person)).size;
  return html`<section class="card" aria-labelledby="${id}-title">
    <h2 id="${id}-title">
      ${title}
      ${related.length > 0 ? html`<small class="quiet">${counted(related.length, 'posts')} by ${counted(people, 'people')}</small>` : ''}
    </h2>
    ${
      related.length === 0
        ? html`<p class="quiet">No other post is known.</p>`
        : html`<ol class="related">
            ${related.map(
              (post) =>
                html`<li data-row tabindex="-1">
                  <p class="quiet">
                    <a href="${postPath(c, post.postId)}">${timeTag(post.createdAt)}</a> · ${post.source} ·
                    ${post.kind} · person ${post.person} ${originalLink(post.permalink)}
                  </p>
                  <p class="post-text">${post.text}</p>
                </li>`,
            )}
          </ol>`
    }
  </section>`;
}
