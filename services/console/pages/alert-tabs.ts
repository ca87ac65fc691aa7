import { html, raw } from 'hono/html';
import type { Delivery } from '../../../schemas/alerting.ts';
import type { AlertRow } from '../../store/queries/alerts.ts';
import type { AppContext } from '../env.ts';
import { timeTag } from '../format.ts';
import { postsFilter } from '../panels/links.ts';
import { isoDay, linkTo } from '../range.ts';
import type { Html } from '../shell.ts';

const tabs = [
  ['/alerts', 'Alerts'],
  ['/alerts/rules', 'Rules'],
  ['/alerts/channels', 'Channels'],
  ['/alerts/silences', 'Silences'],
] as const;

/** The pages of alerting as tabs. */
export function alertTabs(c: AppContext, active: (typeof tabs)[number][0]): Html {
  return html`<nav class="tabs" aria-label="Alerting">
    ${tabs.map(
      ([path, name]) =>
        html`<a href="${linkTo(c, path)}" ${path === active ? raw('aria-current="page"') : ''}>${name}</a>`,
    )}
  </nav>`;
}

const severityTones: Readonly<Record<string, string>> = { critical: 'bad', warning: 'warn' };

export function severityBadge(severity: string): Html {
  return html`<span class="badge ${severityTones[severity] ?? ''}">${severity}</span>`;
}

const stateTones: Readonly<Record<Delivery['state'], string>> = {
  waiting: 'warn',
  delivered: 'good',
  failed: 'bad',
  'given-up': 'bad',
  gone: 'bad',
  silenced: '',
};

/** The state of one alert on one channel, with what is to come. */
export function deliveryBadge({ channel, state, nextAt, attempts }: Delivery): Html {
  const times = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
  return html`<span class="badge ${stateTones[state]}" title="${times}">${channel}: ${state}</span>${
      nextAt === null ? '' : html` <small class="quiet">next ${timeTag(nextAt)}</small>`
    }`;
}

export function alertPath(c: AppContext, id: string): string {
  return linkTo(c, `/alerts/${encodeURIComponent(id)}`);
}

/** Address of the posts that an alert counts; of its examples where it is about several products and reactions. */
export function alertPosts(c: AppContext, alert: AlertRow): string {
  const { id, productId, conceptId, classId, source, from, to } = alert;
  if (productId + conceptId + classId + source === '') return `${alertPath(c, id)}#examples-title`;
  const filter = postsFilter({
    product: productId,
    term: conceptId || classId,
    level: conceptId === '' ? 'class' : 'term',
    source,
  });
  return linkTo(c, '/posts', { ...filter, from: isoDay(from), to: isoDay(to) });
}

/** A line above a form that says why it was not done. */
export function problemNote(problem: string): Html {
  return problem === '' ? html`` : html`<p class="note bad" role="alert">${problem}</p>`;
}

/** A text field of a form; empty where there is none. */
export async function formTexts(c: AppContext): Promise<(name: string) => string> {
  const form = await c.req.parseBody();
  return (name) => {
    const value = form[name];
    return typeof value === 'string' ? value : '';
  };
}
