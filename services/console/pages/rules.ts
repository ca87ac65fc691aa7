import { Hono } from 'hono';
import { html } from 'hono/html';
import type { ConsoleDeps } from '../deps.ts';
import { includesRole, type Env } from '../env.ts';
import { timeTag } from '../format.ts';
import { linkTo } from '../range.ts';
import { emptyState, page } from '../shell.ts';
import { alertTabs, severityBadge } from './alert-tabs.ts';
import { ruleKinds } from './rule-form.ts';

/** The rules in force, and where each comes from. */
export function rulesPage(deps: ConsoleDeps): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/alerts/rules', async (c) => {
    const rules = await (await deps.desk()).rules();
    const mayChange = includesRole(c.get('person').role, 'analyst');
    return page(c, {
      title: 'Rules',
      active: 'alerts',
      crumbs: [['/alerts', 'Alerts']],
      lead: 'What is told, to whom and how urgently. Every change is a new version under the name of who made it.',
      styles: ['lists', 'alerts'],
      body: html`${alertTabs(c, '/alerts/rules')}
        <div class="with-side">
          <section class="card">
            ${
              rules.length === 0
                ? emptyState('No rule', 'Nothing is told. Write a rule, and try it over the past first.')
                : html`<div class="scroll" tabindex="0" role="region" aria-label="Rules in force">
                    <table class="rows">
                      <thead>
                        <tr>
                          <th scope="col">rule</th>
                          <th scope="col">tells of</th>
                          <th scope="col">severity</th>
                          <th scope="col">on</th>
                          <th scope="col">comes from</th>
                        </tr>
                      </thead>
                      <tbody>
                        ${rules.map(
                          ({ rule, version, person, at }) =>
                            html`<tr data-row tabindex="-1">
                              <th scope="row">
                                <a href="${linkTo(c, `/alerts/rules/${rule.id}`)}">${rule.title}</a>
                                <small class="quiet">${rule.id}</small>
                              </th>
                              <td>${rule.kind}</td>
                              <td>${severityBadge(rule.severity)}</td>
                              <td>
                                <span class="badge ${rule.enabled ? 'good' : ''}"
                                  >${rule.enabled ? 'on' : 'off'}</span
                                >
                              </td>
                              <td>
                                ${
                                  version === 0
                                    ? html`<span class="quiet">the configuration</span>`
                                    : html`version ${version} by ${person}, ${timeTag(at)}`
                                }
                              </td>
                            </tr>`,
                        )}
                      </tbody>
                    </table>
                  </div>`
            }
          </section>
          <aside aria-label="New rule">
            <section class="card" aria-labelledby="new-title">
              <h2 id="new-title">New rule</h2>
              ${
                mayChange
                  ? html`<ul class="kinds">
                      ${ruleKinds.map(
                        ({ kind, what }) =>
                          html`<li>
                            <a href="${linkTo(c, '/alerts/rules/new', { kind })}">${kind}</a>
                            <p class="quiet">${what}</p>
                          </li>`,
                      )}
                    </ul>`
                  : html`<p class="note">Rules are written by analysts.</p>`
              }
            </section>
          </aside>
        </div>`,
    });
  });
  return app;
}
