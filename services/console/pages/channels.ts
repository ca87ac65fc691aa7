import { Hono } from 'hono';
import { html } from 'hono/html';
import { requireRole } from '../api/route.ts';
import type { ConsoleDeps } from '../deps.ts';
import { includesRole, type Env } from '../env.ts';
import { timeTag } from '../format.ts';
import { Problem } from '../problem.ts';
import { linkTo } from '../range.ts';
import { emptyState, page } from '../shell.ts';
import { alertTabs, formTexts } from './alert-tabs.ts';

/** Channels of the configuration, to turn off and on. */
export function channelsPage(deps: ConsoleDeps): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/alerts/channels', async (c) => {
    const channels = await (await deps.desk()).channels();
    const mayChange = includesRole(c.get('person').role, 'analyst');
    return page(c, {
      title: 'Channels',
      active: 'alerts',
      crumbs: [['/alerts', 'Alerts']],
      lead: 'Where messages go. What waits for a channel that is off is kept, and sent once it is on again.',
      styles: ['lists', 'alerts'],
      body: html`${alertTabs(c, '/alerts/channels')}
        <section class="card" aria-label="Channels">
          ${
            channels.length === 0
              ? emptyState(
                  'No channel',
                  html`Alerts are shown here only. Add channels under <code>alert.channels</code> in the
                    settings file: webhook, Slack, Teams, PagerDuty, e-mail, Alertmanager.`,
                )
              : html`<table class="rows">
                  <thead>
                    <tr>
                      <th scope="col">channel</th>
                      <th scope="col">kind</th>
                      <th scope="col">state</th>
                      <th scope="col">since</th>
                      <th scope="col"><span class="visually-hidden">change</span></th>
                    </tr>
                  </thead>
                  <tbody>
                    ${channels.map(
                      ({ name, driver, enabled, by, at }) =>
                        html`<tr data-row tabindex="-1">
                          <th scope="row">${name}</th>
                          <td>${driver}</td>
                          <td>
                            <span class="badge ${enabled ? 'good' : 'bad'}">${enabled ? 'on' : 'off'}</span>
                          </td>
                          <td>${at === null ? 'the start' : html`${timeTag(at)} by ${by}`}</td>
                          <td class="number">
                            ${
                              mayChange
                                ? html`<form method="post" action="/alerts/channels">
                                    <input type="hidden" name="channel" value="${name}" />
                                    <input type="hidden" name="enabled" value="${enabled ? 'no' : 'yes'}" />
                                    <button aria-label="Turn ${enabled ? 'off' : 'on'} ${name}">
                                      Turn ${enabled ? 'off' : 'on'}
                                    </button>
                                  </form>`
                                : ''
                            }
                          </td>
                        </tr>`,
                    )}
                  </tbody>
                </table>`
          }
        </section>`,
    });
  });
  app.post('/alerts/channels', async (c) => {
    requireRole(c, 'analyst');
    const text = await formTexts(c);
    const [name, enabled] = [text('channel').slice(0, 60), text('enabled') === 'yes'];
    const done = await (await deps.desk()).switchChannel(name, enabled, c.get('person').name);
    if (!done.ok) throw new Problem(404, 'There is no such channel');
    await c.get('audit')('channel.enable', name, { enabled });
    return c.redirect(linkTo(c, '/alerts/channels'), 303);
  });
  return app;
}
