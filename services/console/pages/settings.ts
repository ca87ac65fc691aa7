import { Hono } from 'hono';
import { html } from 'hono/html';
import type { ConsoleDeps } from '../deps.ts';
import { includesRole, type Env } from '../env.ts';
import { linkTo } from '../range.ts';
import { page, type Html } from '../shell.ts';

function shown(value: unknown): Html {
  if (value === null || value === undefined) return html`<span class="quiet">not set</span>`;
  if (value === '' || (Array.isArray(value) && value.length === 0))
    return html`<span class="quiet">empty</span>`;
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
    return html`${value.join(', ')}`;
  if (typeof value === 'object') return html`<code>${JSON.stringify(value)}</code>`;
  return html`${typeof value === 'boolean' ? String(value) : value}`;
}

/** Every leaf under a group, with the dotted path that a settings file or `--set` would use. */
function leavesOf(value: unknown, path: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, child]) =>
    leavesOf(child, path === '' ? key : `${path}.${key}`),
  );
}

function group(name: string, value: unknown): Html {
  return html`<section class="card" aria-labelledby="group-${name}">
    <h2 id="group-${name}">${name}</h2>
    <table class="pairs">
      <tbody>
        ${leavesOf(value, name).map(
          ([path, leaf]) =>
            html`<tr>
              <th scope="row"><code>${path}</code></th>
              <td>${shown(leaf)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

/** Settings: the effective configuration, to read; secrets are `***` before they come here. */
export function settingsPage(deps: ConsoleDeps): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/settings', (c) =>
    page(c, {
      title: 'Settings',
      active: 'settings',
      lead: 'What is in force, to read. It is changed in the settings file, the environment or with --set, and read at start.',
      actions: html`${includesRole(c.get('person').role, 'admin') ? html`<a class="button" href="${linkTo(c, '/audit')}">Audit trail</a>` : ''}
        <a class="button" href="/api">API</a>`,
      body: html`<div class="masonry">
        ${Object.entries(deps.settings).map(([name, value]) => group(name, value))}
      </div>`,
    }),
  );
  return app;
}
