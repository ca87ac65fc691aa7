import type { Severity } from '../../schemas/alerting.ts';
import type { Database } from '../store/database.ts';
import { examplesSql, type AlertRow, type ExampleRow } from '../store/queries/alerts.ts';
import type { Message } from './channels/channel.ts';

/** Alerts and posts in the console: `/alerts/<id>` and `/posts/<id>`. */
const linkTo = (consoleUrl: string, ...parts: string[]): string =>
  `${consoleUrl.replace(/\/+$/, '')}/${parts.map(encodeURIComponent).join('/')}`;

/**
 * The message of an alert as it is sent now. It is made anew for every attempt, so that a post that was deleted
 * meanwhile is neither named nor quoted; the id and the counts stay what they were.
 */
export async function messageOf(alert: AlertRow, consoleUrl: string, database: Database): Promise<Message> {
  let examples: Message['examples'] = [];
  if (alert.examples.length > 0) {
    const params = { ids: alert.examples, from: 0, to: alert.at + 86_400_000 };
    const rows = await database.query<ExampleRow>(examplesSql, { params });
    const byId = new Map(rows.map((row) => [row.postId, row]));
    examples = alert.examples.flatMap((id) => {
      const row = byId.get(id);
      if (!row) return [];
      return { id, link: linkTo(consoleUrl, 'posts', id), ...(alert.includeText ? { text: row.text } : {}) };
    });
  }
  const { productId, product, conceptId, concept, classId } = alert;
  return {
    id: alert.id,
    rule: alert.rule,
    kind: alert.kind,
    severity: alert.severity as Severity,
    title: alert.title,
    summary: alert.summary,
    at: alert.at,
    from: alert.from,
    to: alert.to,
    product: productId === '' ? null : { id: productId, name: product },
    term:
      conceptId === '' && classId === ''
        ? null
        : { id: conceptId || classId, name: concept || alert.class, class: alert.class },
    source: alert.source === '' ? null : alert.source,
    people: alert.people,
    posts: alert.posts,
    statistic: alert.statistic,
    value: alert.value,
    link:
      alert.signalId === ''
        ? linkTo(consoleUrl, 'alerts', alert.id)
        : linkTo(consoleUrl, 'signals', alert.signalId),
    examples,
  };
}
