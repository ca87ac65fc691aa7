import { Hono } from 'hono';
import { html, raw } from 'hono/html';
import { auditActions } from '../../../schemas/audit.ts';
import { auditQuery, readAudit, type ShownEntry } from '../api/audit.ts';
import { requireRole } from '../api/route.ts';
import type { ConsoleDeps } from '../deps.ts';
import type { AppContext, Env } from '../env.ts';
import { timeTag } from '../format.ts';
import { Problem } from '../problem.ts';
import { linkTo } from '../range.ts';
import { emptyState, page, type Html } from '../shell.ts';
import { postPath } from './post-text.ts';

/** What an entry is about, as a link where it has a page of its own. */
function objectOf(c: AppContext, { action, object }: ShownEntry): Html {
  if (object === '') return html`<span class="quiet">–</span>`;
  const path = action.startsWith('post.')
    ? postPath(c, object)
    : action.startsWith('signal.')
      ? linkTo(c, `/signals/${object}`)
      : action.startsWith('rule.')
        ? linkTo(c, `/alerts/rules/${object}`)
        : action.startsWith('delivery.')
          ? linkTo(c, `/alerts/${encodeURIComponent(object)}`)
          : '';
  return path === '' ? html`<code>${object}</code>` : html`<a href="${path}"><code>${object}</code></a>`;
}

function row(c: AppContext, entry: ShownEntry): Html {
  const details = Object.keys(entry.detail).length > 0;
  return html`<tr data-row tabindex="-1">
    <td>${timeTag(entry.at)}</td>
    <th scope="row">${entry.person || html`<span class="quiet">nobody known</span>`}</th>
    <td>${entry.role} <small class="quiet">${entry.via}</small></td>
    <td>${entry.action}</td>
    <td>${objectOf(c, entry)}</td>
    <td>
      ${
        details
          ? html`<details>
              <summary>what</summary>
              <pre tabindex="0">${JSON.stringify(entry.detail, null, 1)}</pre>
            </details>`
          : ''
      }
    </td>
  </tr>`;
}

/** The audit trail, for admins: who read and changed what. */
export function auditPage(deps: ConsoleDeps): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/audit', async (c) => {
    requireRole(c, 'admin');
    const { person, action, object, cursor } = c.req.query();
    const query = auditQuery.safeParse({ person, action, object, cursor, limit: 100 });
    if (!query.success) {
      const errors = query.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
      throw new Problem(400, 'The trail cannot be searched for this', { errors });
    }
    const { items, next } = await readAudit(deps, query.data);
    const asked = query.data;
    const kept = { person: asked.person, action: asked.action, object: asked.object };
    return page(c, {
      title: 'Audit trail',
      active: 'settings',
      crumbs: [['/settings', 'Settings']],
      lead: 'Who read and changed what. Entries are only ever added; no text of a post is in them.',
      styles: ['lists', 'alerts'],
      body: html`<form class="toolbar" method="get" action="/audit">
          <label class="field">Person <input name="person" value="${asked.person}" maxlength="64" /></label>
          <label class="field"
            >Action
            <select name="action">
              <option value="">any</option>
              ${auditActions.map((one) => html`<option ${one === asked.action ? raw('selected') : ''}>${one}</option>`)}
            </select>
          </label>
          <label class="field"
            >About the id <input name="object" value="${asked.object}" maxlength="300"
          /></label>
          <button type="submit">Show</button>
        </form>
        <section class="card">
          ${
            items.length === 0
              ? emptyState('No entry', 'Nothing of this kind was done, or the filter fits nothing.')
              : html`<div class="scroll" tabindex="0" role="region" aria-label="Entries">
                  <table class="rows">
                    <thead>
                      <tr>
                        <th scope="col">when</th>
                        <th scope="col">person</th>
                        <th scope="col">role</th>
                        <th scope="col">action</th>
                        <th scope="col">about</th>
                        <th scope="col">details</th>
                      </tr>
                    </thead>
                    <tbody>
                      ${items.map((entry) => row(c, entry))}
                    </tbody>
                  </table>
                </div>`
          }
          ${
            next === null
              ? ''
              : html`<nav class="pager" aria-label="Pages of the list">
                  <span></span>
                  <a class="button" rel="next" href="${linkTo(c, '/audit', { ...kept, cursor: next })}"
                    >Older entries</a
                  >
                </nav>`
          }
        </section>`,
    });
  });
  return app;
}
