import { html } from 'hono/html';
import type { Html } from '../shell.ts';

/** `code` and **strong** words of a line. */
function words(line: string): Html {
  return html`${line
    .split(/(`[^`]+`|\*\*[^*]+\*\*)/)
    .map((part) =>
      part.startsWith('`') && part.length > 2
        ? html`<code>${part.slice(1, -1)}</code>`
        : part.startsWith('**') && part.length > 4
          ? html`<b>${part.slice(2, -2)}</b>`
          : part,
    )}`;
}

const cellsOf = (line: string): string[] =>
  line
    .replace(/^\||\|\s*$/g, '')
    .split('|')
    .map((cell) => cell.trim());

function table(lines: readonly string[]): Html {
  const [head = '', , ...body] = lines;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${cellsOf(head).join(', ')}">
    <table>
      <thead>
        <tr>
          ${cellsOf(head).map((cell) => html`<th scope="col">${words(cell)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${body.map(
          (line) =>
            html`<tr>
              ${cellsOf(line).map((cell) => html`<td>${words(cell)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/**
 * The text of a model card as a page: headings, paragraphs, lists and tables of Markdown. Everything else stays
 * as it is written; no markup of the card reaches the page.
 */
export function cardText(markdown: string): Html {
  const blocks = markdown.split(/\n\s*\n/).flatMap((block) => {
    const lines = block.split('\n').filter((line) => line.trim() !== '');
    const heading = /^#{1,6}\s+(.*)$/.exec(lines[0] ?? '');
    const rest = heading ? lines.slice(1) : lines;
    const parts: Html[] = heading ? [html`<h3>${words(heading[1] ?? '')}</h3>`] : [];
    if (rest.length === 0) return parts;
    if (rest.every((line) => line.startsWith('|')) && rest.length > 1) return [...parts, table(rest)];
    if (rest.every((line) => /^[-*]\s/.test(line)))
      return [
        ...parts,
        html`<ul>
          ${rest.map((line) => html`<li>${words(line.slice(2))}</li>`)}
        </ul>`,
      ];
    return [...parts, html`<p>${words(rest.join(' '))}</p>`];
  });
  return html`<div class="card-text">${blocks}</div>`;
}
