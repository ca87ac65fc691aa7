import { html } from 'hono/html';
import { deleteView, listViews, saveView, viewBody } from '../api/views.ts';
import type { ConsoleDeps } from '../deps.ts';
import { includesRole, type AppContext } from '../env.ts';
import { Problem } from '../problem.ts';
import type { Html } from '../shell.ts';

/** The filter of the present address, without the place in the list. */
function queryOf(c: AppContext): string {
  const query = new URL(c.req.url).searchParams;
  query.delete('cursor');
  const empty = [...query].filter(([, value]) => value === '');
  for (const [name, value] of empty) query.delete(name, value);
  return query.toString();
}

/** The saved views of the page of posts as links, with a form that keeps the present filter under a name. */
export async function viewsBar(c: AppContext, deps: ConsoleDeps): Promise<Html> {
  const person = c.get('person');
  const views = await listViews(deps, person.name, 'posts');
  const query = queryOf(c);
  return html`<div class="views">
    <span class="quiet" id="views-title">Saved views</span>
    <ul aria-labelledby="views-title">
      ${
        views.length === 0
          ? html`<li class="quiet">none yet</li>`
          : views.map((view) => {
              const own = view.person === person.name || includesRole(person.role, 'admin');
              return html`<li class="view" ${view.query === query ? html`data-current` : ''}>
                <a href="/posts?${view.query}" title="${view.shared ? `shared by ${view.person}` : 'yours'}"
                  >${view.name}</a
                >
                ${
                  own
                    ? html`<form method="post" action="/posts">
                        <input type="hidden" name="do" value="delete-view" />
                        <input type="hidden" name="id" value="${view.id}" />
                        <input type="hidden" name="query" value="${query}" />
                        <button class="plain small" aria-label="Delete the view ${view.name}">×</button>
                      </form>`
                    : ''
                }
              </li>`;
            })
      }
    </ul>
    <details class="drop">
      <summary class="button">Save this view</summary>
      <form method="post" action="/posts" class="form">
        <input type="hidden" name="do" value="save-view" />
        <input type="hidden" name="query" value="${query}" />
        <label class="field">Name <input name="name" required maxlength="100" autocomplete="off" /></label>
        <label class="field inline"
          ><input type="checkbox" name="shared" value="yes" /> Others see it too</label
        >
        <div><button class="primary">Save</button></div>
      </form>
    </details>
  </div>`;
}

/** Saves or deletes a view as a form of `viewsBar` asks, and goes back to the filter. @throws Problem 400 to 404. */
export async function changeViews(c: AppContext, deps: ConsoleDeps): Promise<Response> {
  const form = await c.req.parseBody();
  const text = (name: string): string => (typeof form[name] === 'string' ? form[name] : '');
  const body = viewBody.safeParse({
    name: text('do') === 'save-view' ? text('name') : '-',
    page: 'posts',
    query: text('query'),
    shared: text('shared') === 'yes',
  });
  if (!body.success) {
    const errors = body.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
    throw new Problem(422, 'This view cannot be saved', { errors });
  }
  if (text('do') === 'save-view') await saveView(deps, c, body.data);
  else await deleteView(deps, c, text('id').slice(0, 64));
  return c.redirect(`/posts?${body.data.query}`, 303);
}
