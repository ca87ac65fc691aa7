import type { Analysis } from '../../schemas/analysis.ts';
import type { BadRow } from './analyse.ts';

const fixed = ['id', 'gate', 'gate_score'];
const trailing = ['spans', 'products', 'truncated', 'model', 'thresholds', 'terminology', 'code', 'error'];

/** A cell of RFC 4180. A spreadsheet takes a leading =, +, - or @ of a text for a formula: it gets an apostrophe. */
function cell(value: string | number | boolean): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The header for the tasks: each has a column for its label and one for the probability. */
export function csvHeader(tasks: readonly string[]): string {
  const columns = tasks.flatMap((task) => [task, `${task}_probability`]);
  return `${[...fixed, ...columns, ...trailing].join(',')}\r\n`;
}

/** One analysis or bad row as a line of CSV; spans and products are JSON inside their cells. */
export function csvLine(result: Analysis | BadRow, tasks: readonly string[]): string {
  if ('error' in result) {
    const empty = Array.from({ length: 2 + tasks.length * 2 + trailing.length - 1 }, () => '');
    return `${[result.id ?? '', ...empty, result.error].map(cell).join(',')}\r\n`;
  }
  const { model, thresholds, terminology, code } = result.versions;
  const answers = tasks.flatMap((task) => {
    const answer = result.tasks[task];
    return answer ? [answer.label, answer.probability] : ['', ''];
  });
  const cells = [
    result.postId,
    result.gate.verdict,
    result.gate.score,
    ...answers,
    JSON.stringify(result.spans),
    JSON.stringify(result.products),
    result.truncated,
    model,
    thresholds,
    terminology,
    code,
    '',
  ];
  return `${cells.map(cell).join(',')}\r\n`;
}
