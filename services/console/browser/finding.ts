import type { Finding } from '../view.ts';
import { element, markedText, otherRole, percent, timeElement } from './text.ts';

/** The positive answer of each question that has one, by its id. */
export type Positives = Readonly<Record<string, string>>;

function chips(finding: Finding): HTMLElement {
  const row = element('div', 'chips');
  for (const product of finding.products) row.append(element('span', 'chip drug', product.name));
  for (const span of finding.spans.filter((item) => item.label === 'effect')) {
    const name = span.level === 'none' ? 'no term' : span.term;
    const other = otherRole(span);
    const chip = element('span', other ? 'chip effect weak' : 'chip effect', name, ' ');
    if (other) chip.append(element('small', '', other), ' ');
    if (span.level === 'term') chip.append(element('small', '', span.className));
    if (span.level === 'class') chip.append(element('small', '', 'organ class'));
    row.append(chip);
  }
  return row;
}

function details(finding: Finding, positives: Positives): HTMLElement {
  const bars = element('div', 'bars');
  for (const task of finding.tasks) {
    // The probability is of the positive answer where there is one, whatever the answer is.
    const sure = `${positives[task.id] ?? task.label} ${percent(task.probability)}`;
    const bar = document.createElement('progress');
    bar.max = 1;
    bar.value = task.probability;
    bar.setAttribute('aria-label', `${task.id}: ${sure}`);
    bars.append(
      element('span', '', task.id.replaceAll('_', ' ')),
      bar,
      element('span', '', `${task.label} (${sure})`),
    );
  }
  const box = element(
    'details',
    '',
    element('summary', '', 'All answers'),
    bars,
    element('p', 'quiet', finding.postId),
  );
  if (finding.permalink?.startsWith('https://')) {
    const link = document.createElement('a');
    link.href = finding.permalink;
    link.rel = 'noreferrer noopener';
    link.target = '_blank';
    link.textContent = 'Open the original';
    box.append(link);
  }
  return box;
}

/** One finding as an item of the list. */
export function findingItem(finding: Finding, positives: Positives): HTMLLIElement {
  const item = document.createElement('li');
  const sure = finding.tasks.find((task) => task.id === 'adverse_effect');
  const meta = element('p', 'meta', element('span', '', finding.source), timeElement(finding.createdAt));
  if (sure) meta.append(element('span', '', 'adverse effect ', element('b', '', percent(sure.probability))));
  const card = element(
    'article',
    'finding',
    meta,
    markedText(finding),
    chips(finding),
    details(finding, positives),
  );
  card.tabIndex = 0;
  card.dataset['row'] = '';
  item.append(card);
  return item;
}
