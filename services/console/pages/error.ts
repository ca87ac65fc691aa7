import { html } from 'hono/html';
import type { AppContext } from '../env.ts';
import type { Problem } from '../problem.ts';
import { navigation, page } from '../shell.ts';

/** What a person sees when a page cannot be shown: what is wrong and what to do, in the usual frame. */
export function errorPage(c: AppContext, problem: Problem): Response | Promise<Response> {
  const { detail, errors = [], code } = problem.details;
  const area = navigation.find(([, path]) => path !== '/' && c.req.path.startsWith(path))?.[0] ?? 'today';
  c.status(problem.status);
  for (const [name, value] of Object.entries(problem.headers)) c.header(name, value);
  return page(c, {
    title: problem.message,
    active: area,
    body: html`<section class="card">
      <p>${detail ?? 'The address may be wrong, or what it led to is gone.'}</p>
      ${
        errors.length > 0
          ? html`<ul>
              ${errors.map(({ path, message }) => html`<li><code>${path}</code>: ${message}</li>`)}
            </ul>`
          : ''
      }
      <p class="quiet">
        Status ${problem.status}${code ? html`, <code>${code}</code>` : ''}. <a href="/">Today</a>
      </p>
    </section>`,
  });
}
