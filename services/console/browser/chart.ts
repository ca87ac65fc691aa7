import uPlot from 'uplot';
import { savePng, saveText } from './save.ts';

/**
 * Draws each `figure.chart-box` from the table inside it: the table is what the server says, the chart is how it
 * looks. Drag to zoom, double-click to see all again, point at a day for its numbers.
 */

type Numbers = { readonly names: string[]; readonly times: number[]; readonly values: (number | null)[][] };

const css = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A token of base.css as a colour that a canvas takes: `light-dark()` is resolved by an element. */
function colour(token: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${token})`;
  probe.hidden = false;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function numbersOf(figure: HTMLElement): Numbers {
  // The legend that the chart draws is a table, too.
  const names = [...figure.querySelectorAll('.numbers thead th')]
    .slice(1)
    .map((cell) => cell.textContent?.trim() ?? '');
  const rows = [...figure.querySelectorAll<HTMLTableRowElement>('.numbers tbody tr')];
  const times = rows.map((row) => Number(row.dataset['at']));
  const values = names.map((_name, index) =>
    rows.map((row) => {
      const text = row.querySelectorAll<HTMLElement>('td')[index]?.dataset['value'] ?? '';
      return text === '' ? null : Number(text);
    }),
  );
  return { names, times, values };
}

/** Counts of times that have no row are 0, as nothing was counted: the line has to say so. */
function filled({ names, times, values }: Numbers, step: number, marks: readonly number[]): Numbers {
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined || step <= 0 || (last - first) / step > 5000) {
    return { names, times, values };
  }
  const place = new Map(times.map((at, index) => [at, index]));
  const all: number[] = [];
  for (let at = first; at <= last; at += step) all.push(at);
  // Weeks and changes of the clock may not fall on the grid: then the rows stay as they are.
  if (times.some((at) => (at - first) % step !== 0)) return { names, times, values };
  return {
    names,
    times: all,
    values: values.map((series, index) =>
      all.map((at) => {
        const row = place.get(at);
        return row === undefined ? (marks.includes(index) ? null : 0) : (series[row] ?? null);
      }),
    ),
  };
}

/** Each series on top of those before it, largest sum last drawn first. */
function stackedOf(values: readonly (number | null)[][]): number[][] {
  const sums: number[][] = [];
  for (const series of values) {
    const below = sums.at(-1);
    sums.push(series.map((value, at) => (value ?? 0) + (below?.[at] ?? 0)));
  }
  return sums;
}

const short = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });

function shown(unit: string, value: number): string {
  if (unit === 'share' || unit === 'probability') return `${Math.round(value * 100)} %`;
  return short.format(value);
}

const daySeconds = 86_400;

/** How a chart tells the time: steps of whole days are days of UTC, shorter ones moments in the reader's zone. */
function timesOf(step: number): { place: (at: number) => Date; text: (at: number) => string } {
  const date = (at: number): Date => new Date(at * 1000);
  return step < daySeconds
    ? { place: date, text: (at) => date(at).toLocaleString() }
    : {
        place: (at) => uPlot.tzDate(date(at), 'Etc/UTC'),
        text: (at) => date(at).toLocaleDateString(undefined, { dateStyle: 'medium', timeZone: 'UTC' }),
      };
}

type Drawing = { readonly plot: uPlot; readonly numbers: Numbers };

function draw(figure: HTMLElement, box: HTMLElement): Drawing {
  const { look = 'lines', unit = '', step = '0', marks: marked = '' } = figure.dataset;
  const marks = marked.split(' ').filter(Boolean).map(Number);
  const numbers = filled(numbersOf(figure), Number(step), marks);
  const { place, text } = timesOf(Number(step));
  const { names, times, values } = numbers;
  const stacked = look === 'stacked';
  const drawn: (number | null)[][] = stacked ? stackedOf(values) : values;
  const colours = names.map((_name, index) => colour(`--series-${(index % 6) + 1}`));
  const [quiet, line] = [colour('--quiet'), colour('--line')];
  const bars = uPlot.paths.bars?.({ size: [0.8, 60], align: 1 });
  const font = `12px ${css('font-family') || 'system-ui'}`;
  const value = (index: number) => (_plot: uPlot, _raw: number, _series: number, at: number | null) => {
    const number = at === null ? null : values[index]?.[at];
    return number === null || number === undefined ? '–' : shown(unit, number);
  };
  const series = names.map((name, index): uPlot.Series => {
    const stroke = colours[index] ?? quiet;
    const mark = marks.includes(index);
    return {
      label: name,
      stroke,
      value: value(index),
      width: mark ? 0 : 2,
      ...(mark ? { points: { show: true, size: 11, fill: colour('--bad'), stroke: colour('--panel') } } : {}),
      ...(!mark && look === 'lines' ? { points: { show: times.length < 40, size: 5, fill: stroke } } : {}),
      ...(!mark && look !== 'lines' && bars
        ? { paths: bars, fill: stroke, width: 0, points: { show: false } }
        : {}),
    };
  });
  const axis = {
    stroke: quiet,
    font,
    grid: { stroke: line, width: 1 },
    ticks: { stroke: line, width: 1, size: 4 },
  };
  // The largest sum is drawn first, so that each lower one covers its part of it.
  const order = stacked
    ? names.map((_name, index) => index).toReversed()
    : names.map((_name, index) => index);
  const pick = <T>(list: readonly T[]): T[] => order.map((index) => list[index] as T);
  const plot = new uPlot(
    {
      width: Math.max(260, box.clientWidth),
      height: 230,
      tzDate: place,
      series: [{ label: 'time', value: (_plot, at) => (at ? text(at) : '–') }, ...pick(series)],
      axes: [
        axis,
        { ...axis, size: 46, values: (_plot, splits) => splits.map((split) => shown(unit, split)) },
      ],
      scales: {
        // A bar begins at its time, so the last one needs its width; a single point needs some time around it.
        x: {
          time: true,
          range: (_plot, low, high) => [
            low === high ? low - Number(step) : low,
            low === high || look !== 'lines' ? high + Number(step) : high,
          ],
        },
        y: {
          range: (_plot, _low, high) => [
            0,
            Math.max(unit === 'share' || unit === 'probability' ? 0.1 : 1, high * 1.08),
          ],
        },
      },
      cursor: { drag: { x: true, y: false }, points: { size: 7 } },
      legend: { live: true },
    },
    [times, ...pick(drawn)],
    box,
  );
  return { plot, numbers };
}

function csvOf({ names, times, values }: Numbers): string {
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const rows = times.map((at, row) =>
    [new Date(at * 1000).toISOString(), ...values.map((series) => series[row] ?? '')].join(','),
  );
  return [['time_utc', ...names].map(quoted).join(','), ...rows].join('\n');
}

function button(text: string, what: string, action: () => void): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'plain small';
  made.textContent = text;
  made.title = what;
  made.addEventListener('click', action);
  return made;
}

function setUp(figure: HTMLElement): void {
  const box = figure.querySelector<HTMLElement>('.plot');
  const details = figure.querySelector<HTMLDetailsElement>('details.numbers');
  if (!box || figure.querySelector('.numbers tbody tr') === null) return;
  if (details) details.open = false;
  let drawing = draw(figure, box);
  const again = (): void => {
    drawing.plot.destroy();
    drawing = draw(figure, box);
  };
  const name = (figure.dataset['chart'] ?? 'chart').replaceAll(/[^\w-]+/g, '-');
  const tools = document.createElement('div');
  tools.className = 'chart-tools';
  tools.append(
    button('PNG', 'Download the chart as a picture', () => savePng(drawing.plot.ctx.canvas, `${name}.png`)),
    button('CSV', 'Download the numbers', () => saveText(csvOf(drawing.numbers), `${name}.csv`, 'text/csv')),
  );
  figure.append(tools);
  let width = box.clientWidth;
  new ResizeObserver(() => {
    if (box.clientWidth === width) return;
    width = box.clientWidth;
    drawing.plot.setSize({ width: Math.max(260, width), height: 230 });
  }).observe(box);
  document.addEventListener('themechange', again);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again);
}

for (const figure of document.querySelectorAll<HTMLElement>('figure.chart-box')) setUp(figure);
