import type { Database } from '../store/database.ts';
import { findingsSql, textsSql, type FindingRow } from '../store/queries/console.ts';
import type { Finding, SpanView } from './view.ts';

/** Rows of several partitions arrive out of order by up to a batch: look back a little, leave out what was shown. */
const lookBackMs = 15_000;
const remembered = 5000;

type TextRow = {
  readonly postId: string;
  readonly revision: number;
  readonly text: string;
  readonly permalink: string;
};

function spansOf(row: FindingRow): SpanView[] {
  return row.spanLabels.map((label, index) => ({
    label,
    startUtf16: row.spanStarts[index] ?? 0,
    endUtf16: row.spanEnds[index] ?? 0,
    score: row.spanScores[index] ?? 0,
    level: (row.spanLevels[index] ?? 'none') as SpanView['level'],
    term:
      row.spanLevels[index] === 'class' ? (row.spanClasses[index] ?? '') : (row.spanConcepts[index] ?? ''),
    className: row.spanClasses[index] ?? '',
    role: row.spanRoles[index] ?? '',
  }));
}

/** Reads findings for the live list; each reader has a memory of its own of what it has handed out. */
export function createFindings(database: Database, tasks: readonly string[]) {
  const sql = findingsSql(tasks);

  async function read(from: number, limit: number): Promise<Finding[]> {
    const rows = await database.query<FindingRow>(sql, { params: { from, limit } });
    if (rows.length === 0) return [];
    const texts = await database.query<TextRow>(textsSql, { params: { ids: rows.map((row) => row.postId) } });
    const byRevision = new Map(texts.map((row) => [`${row.postId} ${row.revision}`, row]));
    return rows.flatMap((row) => {
      const found = byRevision.get(`${row.postId} ${row.revision}`);
      if (!found) return [];
      return {
        postId: row.postId,
        source: row.source,
        createdAt: row.createdAt,
        analysedAt: row.analysedAt,
        text: found.text,
        permalink: found.permalink || null,
        spans: spansOf(row),
        products: row.productNames.map((name, index) => ({ name, kind: row.productKinds[index] ?? '' })),
        tasks: tasks.map((id) => ({ id, label: String(row[id]), probability: Number(row[`${id}_p`]) })),
      };
    });
  }

  return {
    /** The newest findings, oldest first. */
    latest: (limit: number): Promise<Finding[]> => read(0, limit),
    /** A reader of what comes after the newest ones. */
    follow() {
      let from = 0;
      const seen = new Set<string>();
      return async function next(limit: number): Promise<Finding[]> {
        const all = await read(Math.max(0, from - lookBackMs), limit);
        const fresh = all.filter((finding) => !seen.has(finding.postId));
        for (const { postId, analysedAt } of fresh) {
          seen.add(postId);
          from = Math.max(from, analysedAt);
        }
        while (seen.size > remembered) seen.delete(seen.values().next().value ?? '');
        return fresh;
      };
    },
  };
}
