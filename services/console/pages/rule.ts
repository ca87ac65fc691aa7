import { Hono } from 'hono';
import { html } from 'hono/html';
import { durationMs, type DryRun, type StoredRule } from '../../../schemas/alerting.ts';
import { requireRole } from '../api/route.ts';
import type { AlertDesk, ConsoleDeps } from '../deps.ts';
import { includesRole, type AppContext, type Env } from '../env.ts';
import { countText, plainText, timeTag } from '../format.ts';
import { Problem } from '../problem.ts';
import { linkTo } from '../range.ts';
import { page, type Html } from '../shell.ts';
import { problemNote } from './alert-tabs.ts';
import { ruleFields, ruleKinds, ruleOfForm } from './rule-form.ts';

/** How far a dry run looks back. */
const tried = '90d';

type History = Awaited<ReturnType<AlertDesk['history']>>;
type Shown = {
  readonly kind: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly isNew: boolean;
  readonly stored?: StoredRule | undefined;
  readonly history: History;
  readonly problem?: string;
  readonly dryRun?: DryRun;
};

/** How often a rule would have fired, in a sentence and the newest times. */
function dryRunNote({ from, to, alerts, perWeek, held, incomplete, first }: DryRun): Html {
  const times = alerts === 1 ? 'once' : `${countText(alerts)} times`;
  return html`<section class="card" aria-labelledby="dry-title" id="dry-run">
    <h2 id="dry-title">Over the past</h2>
    <p role="status">
      Between ${timeTag(from, 'day')} and ${timeTag(to, 'day')} it would have fired
      <b>${alerts === 0 ? 'never' : times}</b
      >${alerts === 0 ? '' : html`, ${perWeek.toFixed(1)} a week`}${held === 0 ? '' : html`; quiet hours would have held ${countText(held)} back for a while`}.
      ${incomplete ? 'There was more than could be looked at: it would have been oftener.' : ''}
    </p>
    ${
      first.length === 0
        ? ''
        : html`<div class="scroll" tabindex="0" role="region" aria-label="Times it would have fired">
            <table class="rows">
              <thead>
                <tr>
                  <th scope="col">when</th>
                  <th scope="col">what it would have said</th>
                  <th scope="col" class="number">people</th>
                  <th scope="col" class="number">posts</th>
                </tr>
              </thead>
              <tbody>
                ${first.map(
                  ({ at, summary, people, posts }) =>
                    html`<tr>
                      <td>${timeTag(at)}</td>
                      <td>${summary}</td>
                      <td class="number">${countText(people)}</td>
                      <td class="number">${countText(posts)}</td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
  </section>`;
}

function historyCard(history: History): Html {
  return html`<section class="card" aria-labelledby="history-title">
    <h2 id="history-title">Versions</h2>
    ${
      history.length === 0
        ? html`<p class="quiet">As the configuration has it; it was never changed here.</p>`
        : html`<ol class="plain-list">
            ${history.map(
              ({ version, person, at, rule }) =>
                html`<li>
                  <details>
                    <summary>
                      ${version}: ${rule === null ? 'deleted' : 'saved'} by ${person}, ${timeTag(at)}
                    </summary>
                    ${rule === null ? '' : html`<pre tabindex="0">${JSON.stringify(rule, null, 2)}</pre>`}
                  </details>
                </li>`,
            )}
          </ol>`
    }
  </section>`;
}

function calendarsOf({ settings }: ConsoleDeps): string[] {
  const alert = settings['alert'] as
    | { readonly calendars?: readonly { readonly name?: unknown }[] }
    | undefined;
  return (alert?.calendars ?? []).flatMap(({ name }) => (typeof name === 'string' ? [name] : []));
}

/** A rule: what it says, changed by a form that can be tried over the past before it is saved. */
export function rulePage(deps: ConsoleDeps): Hono<Env> {
  const app = new Hono<Env>();

  async function show(c: AppContext, shown: Shown): Promise<Response> {
    const { kind, values, isNew, stored, history, problem = '', dryRun } = shown;
    const channels = (await (await deps.desk()).channels()).map(({ name }) => name);
    const mayChange = includesRole(c.get('person').role, 'analyst');
    const id = typeof values['id'] === 'string' ? values['id'] : '';
    const path = isNew ? '/alerts/rules/new' : `/alerts/rules/${encodeURIComponent(id)}`;
    const title =
      typeof values['title'] === 'string' && values['title'] !== '' ? values['title'] : 'New rule';
    const choices = { channels, calendars: calendarsOf(deps) };
    return page(c, {
      title,
      active: 'alerts',
      crumbs: [
        ['/alerts', 'Alerts'],
        ['/alerts/rules', 'Rules'],
      ],
      lead: html`${kind}: ${ruleKinds.find((one) => one.kind === kind)?.what ?? ''}.
      ${stored?.version === 0 ? 'It stands in the configuration; what is saved here takes its place.' : ''}`,
      actions: isNew
        ? html``
        : html`<a class="button" href="${linkTo(c, '/alerts', { rule: id })}">Its alerts</a>`,
      styles: ['lists', 'alerts'],
      body: html`<div class="${isNew ? 'rule-alone' : 'with-side'}">
        <div class="stack">
          ${problemNote(problem)} ${dryRun ? dryRunNote(dryRun) : ''}
          <form class="card" method="post" action="${linkTo(c, path)}" id="rule">
            <fieldset class="rule-fields" ${mayChange ? '' : html`disabled`}>
              <legend class="visually-hidden">The rule</legend>
              ${ruleFields(kind, values, choices, isNew)}
            </fieldset>
            ${
              mayChange
                ? html`<div class="toolbar rule-actions">
                    <button name="do" value="try">Try it over the last 90 days</button>
                    <button class="primary" name="do" value="save">Save</button>
                    ${isNew ? '' : html`<button name="do" value="delete" formnovalidate class="danger">Delete</button>`}
                  </div>`
                : html`<p class="note">Rules are changed by analysts.</p>`
            }
          </form>
        </div>
        ${isNew ? '' : html`<aside aria-label="Versions">${historyCard(history)}</aside>`}
      </div>`,
    });
  }

  async function known(id: string): Promise<{ stored: StoredRule | undefined; history: History }> {
    const desk = await deps.desk();
    const [rules, history] = await Promise.all([desk.rules(), desk.history(id)]);
    return { stored: rules.find(({ rule }) => rule.id === id), history };
  }

  app.get('/alerts/rules/new', (c) => {
    const kind = ruleKinds.find((one) => one.kind === c.req.query('kind'))?.kind ?? 'signal';
    return show(c, { kind, values: {}, isNew: true, history: [] });
  });

  app.get('/alerts/rules/:id', async (c) => {
    const id = c.req.param('id').slice(0, 60);
    const { stored, history } = await known(id);
    const rule = stored?.rule ?? history.find((one) => one.rule !== null)?.rule;
    if (!rule)
      throw new Problem(404, 'There is no such rule', { detail: 'Look it up in the list of rules.' });
    const problem = stored ? '' : 'This rule was deleted. Saving it puts it in force again.';
    return show(c, { kind: rule.kind, values: rule, isNew: false, stored, history, problem });
  });

  app.post('/alerts/rules/:id', async (c) => {
    requireRole(c, 'analyst');
    const isNew = c.req.param('id') === 'new';
    const form = await c.req.parseBody({ all: true });
    const values: Record<string, unknown> = {
      ...ruleOfForm(form),
      ...(isNew ? {} : { id: c.req.param('id') }),
    };
    const id = typeof values['id'] === 'string' ? values['id'].slice(0, 60) : '';
    const desk = await deps.desk();
    const { stored, history } = isNew ? { stored: undefined, history: [] } : await known(id);
    const again = (more: { problem?: string; dryRun?: DryRun }): Promise<Response> => {
      if (more.problem !== undefined) c.status(422);
      return show(c, { kind: plainText(values['kind']), values, isNew, stored, history, ...more });
    };
    const person = c.get('person').name;

    if (form['do'] === 'delete') {
      const removed = await desk.remove(id, person);
      if (!removed.ok) throw new Problem(404, 'There is no such rule');
      await c.get('audit')('rule.delete', id);
      return c.redirect(linkTo(c, '/alerts/rules'), 303);
    }
    const checked = desk.check(values);
    if (!checked.ok) return again({ problem: `This is not a rule yet. ${checked.problem}.` });
    if (form['do'] === 'try') {
      const to = deps.clock.now();
      try {
        return await again({ dryRun: await desk.dryRun(checked.rule, to - durationMs(tried), to) });
      } catch (error) {
        if (error instanceof RangeError) return again({ problem: `It cannot be tried: ${error.message}.` });
        throw error;
      }
    }
    if (isNew && (await known(checked.rule.id)).stored) {
      return again({ problem: 'There is a rule of this name already; choose another, or change that one.' });
    }
    const saved = await desk.save(checked.rule, person);
    if (!saved.ok) return again({ problem: saved.problem });
    await c.get('audit')('rule.save', saved.rule.id, { rule: saved.rule });
    return c.redirect(linkTo(c, `/alerts/rules/${saved.rule.id}`), 303);
  });
  return app;
}
