import type { CountView, Finding, Overview } from '../view.ts';
import { findingItem, type Positives } from './finding.ts';
import { drawSpark } from './spark.ts';
import { age, element } from './text.ts';

const listed = 15;
const remembered = 120;
const silentAfterMs = 10 * 60_000;
const rates = new Map<string, number[]>();
const held: Finding[] = [];
let paused = false;

function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element ${id}`);
  return found;
}

const list = byId('finding-list');
const positives = JSON.parse(list.dataset['positives'] ?? '{}') as Positives;

function number(value: number): string {
  return value.toLocaleString();
}

function cells(...values: [string, string?][]): HTMLTableRowElement {
  const row = document.createElement('tr');
  row.append(...values.map(([text, className]) => element('td', className ?? '', text)));
  return row;
}

function body(id: string, rows: HTMLTableRowElement[], none: string): void {
  const empty = document.createElement('tr');
  const cell = document.createElement('td');
  cell.colSpan = 3;
  cell.className = 'quiet';
  cell.textContent = none;
  empty.append(cell);
  document.querySelector(`#${id} tbody`)?.replaceChildren(...(rows.length > 0 ? rows : [empty]));
}

function showOverview(overview: Overview): void {
  const { totals } = overview;
  for (const key of ['posts', 'analysed', 'findings', 'people'] as const)
    byId(`total-${key}`).textContent = number(totals[key]);
  for (const stage of overview.stages) {
    const box = byId(`stage-${stage.name}`);
    const series = rates.get(stage.name) ?? [];
    series.push(stage.perSecond);
    if (series.length > remembered) series.shift();
    rates.set(stage.name, series);
    const rate = box.querySelector('.per-second');
    if (rate) rate.textContent = number(Math.round(stage.perSecond));
    const lag = box.querySelector('.lag');
    if (lag) lag.textContent = number(stage.lag ?? 0);
    const spark = box.querySelector<SVGElement>('.spark');
    if (spark) drawSpark(spark, series, remembered);
  }
  const sources = overview.sources.map((source) => {
    const quiet = overview.at - source.lastSeenAt;
    return cells(
      [source.name],
      [number(source.posts), 'number'],
      [age(quiet), quiet > silentAfterMs ? 'number silent' : 'number'],
    );
  });
  body('sources', sources, 'No record has arrived yet.');
  const count = (row: CountView): HTMLTableRowElement =>
    cells([row.reason], [row.source], [number(row.count), 'number']);
  body('drops', [...overview.deadLetters, ...overview.drops].map(count), 'Nothing was left out.');
}

function showFindings(findings: readonly Finding[], fresh: boolean): void {
  for (const finding of findings) {
    const item = findingItem(finding, positives);
    if (fresh) item.classList.add('new');
    list.prepend(item);
  }
  while (list.children.length > listed) list.lastElementChild?.remove();
  byId('empty').hidden = list.children.length > 0;
}

function setPaused(value: boolean): void {
  paused = value;
  const button = byId('pause');
  button.setAttribute('aria-pressed', String(paused));
  button.textContent = paused ? 'Go on' : 'Pause';
  if (!paused) showFindings(held.splice(0), true);
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target instanceof HTMLElement && event.target.matches('input, textarea, select')) return;
  if (event.key === 'p') setPaused(!paused);
}

function connect(): void {
  const badge = byId('connection');
  const stream = new EventSource('/api/v1/stream');
  let first = true;
  stream.addEventListener('open', () => {
    badge.textContent = 'live';
    badge.className = 'badge live';
    list.replaceChildren();
    held.length = 0;
    first = true;
  });
  stream.addEventListener('error', () => {
    const over = stream.readyState === EventSource.CLOSED;
    badge.textContent = over ? 'not live: load the page again' : 'connection lost, trying again';
    badge.className = 'badge lost';
  });
  stream.addEventListener('overview', (event: MessageEvent<string>) =>
    showOverview(JSON.parse(event.data) as Overview),
  );
  stream.addEventListener('findings', (event: MessageEvent<string>) => {
    const findings = JSON.parse(event.data) as Finding[];
    if (paused && !first) held.push(...findings);
    else showFindings(findings, !first);
    first = false;
  });
}

byId('pause').addEventListener('click', () => setPaused(!paused));
document.addEventListener('keydown', onKey);
connect();
