import type { ContenderReport, Report } from './report.ts';

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const share = (value: number): string => value.toFixed(2);
const between = ([low, high]: readonly [number, number]): string => `${share(low)} to ${share(high)}`;

const colours = ['#0b6e99', '#b4510e', '#3d7d2f', '#8b3f8f', '#a33b3b', '#5a5f6b', '#b08a00', '#1aa39a'];
const size = { width: 560, height: 360, left: 56, right: 16, top: 16, bottom: 44 };
const plot = {
  width: size.width - size.left - size.right,
  height: size.height - size.top - size.bottom,
};

type Curve = { readonly name: string; readonly points: readonly (readonly [x: number, y: number])[] };

/** Curves over an axis of false alerts a week (cube root, so that quiet thresholds have room) and a share. */
function chart(
  title: string,
  xLabel: string,
  yLabel: string,
  ticks: readonly number[],
  curves: readonly Curve[],
): string {
  const most = ticks.at(-1) ?? 1;
  const x = (value: number): number => size.left + plot.width * Math.cbrt(Math.min(value, most) / most);
  const y = (value: number): number => size.top + plot.height * (1 - value);
  const grid = [0, 0.2, 0.4, 0.6, 0.8, 1]
    .map(
      (value) =>
        `<line x1="${size.left}" x2="${size.left + plot.width}" y1="${y(value)}" y2="${y(value)}"/><text x="${size.left - 8}" y="${y(value) + 4}" text-anchor="end">${share(value)}</text>`,
    )
    .concat(
      ticks.map(
        (value) =>
          `<text x="${x(value)}" y="${size.top + plot.height + 18}" text-anchor="middle">${value}</text>`,
      ),
    );
  const lines = curves.map(({ points }, at) => {
    const colour = colours[at % colours.length] ?? '#000';
    const ordered = points.filter(([px]) => px <= most).sort((a, b) => a[0] - b[0]);
    const path = ordered.map(([px, py]) => `${x(px).toFixed(1)},${y(py).toFixed(1)}`).join(' ');
    return `<polyline points="${path}" stroke="${colour}"/>${ordered
      .map(([px, py]) => `<circle cx="${x(px).toFixed(1)}" cy="${y(py).toFixed(1)}" r="2" fill="${colour}"/>`)
      .join('')}`;
  });
  const key = curves
    .map(
      ({ name }, at) =>
        `<span><i style="background:${colours[at % colours.length]}"></i>${escape(name)}</span>`,
    )
    .join(' ');
  return `<figure><figcaption>${escape(title)}</figcaption><svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escape(title)}"><g class="grid">${grid.join('')}</g><g class="curves">${lines.join('')}</g><text x="${size.left + plot.width / 2}" y="${size.height - 6}" text-anchor="middle">${escape(xLabel)}</text><text transform="translate(14 ${size.top + plot.height / 2}) rotate(-90)" text-anchor="middle">${escape(yLabel)}</text></svg><p class="key">${key}</p></figure>`;
}

/** How many days after the reference date the first right alert came. */
function lagChart({ lags, title }: ContenderReport): string {
  if (lags.length === 0) return '';
  const width = 7;
  const first = Math.floor((lags[0] ?? 0) / width);
  const last = Math.floor((lags.at(-1) ?? 0) / width);
  const counts = Array.from({ length: last - first + 1 }, () => 0);
  for (const lag of lags) {
    const bin = Math.floor(lag / width) - first;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const most = Math.max(...counts);
  const step = plot.width / counts.length;
  const bars = counts.map((count, at) => {
    const height = (plot.height * count) / most;
    const left = size.left + at * step;
    return `<rect x="${(left + 2).toFixed(1)}" y="${(size.top + plot.height - height).toFixed(1)}" width="${(step - 4).toFixed(1)}" height="${height.toFixed(1)}"/><text x="${(left + step / 2).toFixed(1)}" y="${size.top + plot.height + 18}" text-anchor="middle">${(first + at) * width}</text><text x="${(left + step / 2).toFixed(1)}" y="${(size.top + plot.height - height - 4).toFixed(1)}" text-anchor="middle">${count}</text>`;
  });
  return `<figure><figcaption>${escape(title)}: days from the reference date to the first right alert</figcaption><svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="Lags"><g class="bars">${bars.join('')}</g><text x="${size.left + plot.width / 2}" y="${size.height - 6}" text-anchor="middle">days, in weeks (0 is the week after the date)</text></svg></figure>`;
}

const row = (cells: readonly (string | number)[], tag = 'td'): string =>
  `<tr>${cells.map((cell) => `<${tag}>${escape(String(cell))}</${tag}>`).join('')}</tr>`;

const style = `body{font:15px/1.5 system-ui,sans-serif;max-width:1180px;margin:2rem auto;padding:0 1rem;color:#1c2128;background:#fff}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{padding:.3rem .6rem;text-align:right;border-bottom:1px solid #d8dde3}
th:first-child,td:first-child{text-align:left}figure{display:inline-block;width:48%;min-width:420px;margin:1rem 0;vertical-align:top}figcaption{font-weight:600}
svg{width:100%;font-size:12px;fill:#57606a}.grid line{stroke:#e3e7eb}.curves polyline{fill:none;stroke-width:2}.bars rect{fill:#0b6e99}.key span{margin-right:1rem;white-space:nowrap}
.key i{display:inline-block;width:.8em;height:.8em;margin-right:.3em}@media(prefers-color-scheme:dark){body{color:#e6e9ed;background:#14181d}th,td{border-color:#333a42}svg{fill:#9aa4af}.grid line{stroke:#2a3038}}`;

/** The report as one page that needs nothing else: tables and plots. */
export function pageOf(report: Report, title: string): string {
  const { contenders, options } = report;
  const [first] = contenders;
  const shown = contenders.filter(({ kind, id }) => kind === 'criteria' || id === 'prr' || id === 'ears-c2');
  const weekly = [0, 0.1, 0.5, 1, 2, 5, 10, 20];
  const wrong = (list: readonly ContenderReport[]): Curve[] =>
    list.map((one) => ({
      name: one.title,
      points: one.sweep.map((point) => [point.wrongPerWeek, point.groupSensitivity] as const),
    }));
  const roc = (list: readonly ContenderReport[]): Curve[] =>
    list.map((one) => ({
      name: `${one.title}, ${share(one.area)}`,
      points: one.sweep.map((point) => [point.controlShare, point.sensitivity] as const),
    }));
  const shares = [0, 0.02, 0.1, 0.3, 0.6, 1];
  const of = report.group === null ? 'all references' : report.group;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title><style>${style}</style>
<h1>${escape(title)}</h1>
<p>${report.trials} ${report.trials === 1 ? 'history' : 'histories'} of ${report.pairs} pairs, ${report.weeks.toFixed(0)} weeks in all, played day by day. An alert is right from ${options.leadDays} days before the reference date to ${options.horizonDays} days after it; a pair that has alerted is silent for ${options.coolDownDays} days. Intervals are of 95 %.</p>
<table>${row(['', 'statistic', 'threshold', 'sensitivity', 'interval', 'PPV', 'interval', 'alerts a week', 'wrong a week', 'lag, days', 'interval', 'area', 'at equal wrong alerts'], 'th')}${contenders
    .map((one) =>
      row([
        `${one.title} (${one.id})`,
        one.statistic,
        one.threshold.toFixed(2),
        share(one.sensitivity),
        between(one.sensitivityInterval),
        share(one.ppv),
        between(one.ppvInterval),
        one.alertsPerWeek.toFixed(1),
        one.wrongPerWeek.toFixed(2),
        one.lag?.median ?? '-',
        one.lag ? `${one.lag.low} to ${one.lag.high}` : '-',
        share(one.area),
        one.atEqualWrong === null ? '-' : share(one.atEqualWrong),
      ]),
    )
    .join('')}</table>
<p>“At equal wrong alerts” is the sensitivity for ${escape(of)} at the mildest threshold that sends no more wrong alerts than ${escape(first?.id ?? '')}. Thresholds of q and p are minus their logarithm to base 10.</p>
${chart(`Sensitivity for ${of}, and wrong alerts a week`, 'wrong alerts a week', 'sensitivity', weekly, wrong(shown))}
${chart('Detectors of change', 'wrong alerts a week', 'sensitivity', weekly, wrong(contenders.filter(({ kind }) => kind === 'detector')))}
${chart('ROC of the criteria, PRR and EARS C2, with their areas', 'share of controls that ever alerted', 'sensitivity', shares, roc(shown))}
${chart('ROC of the presets, with their areas', 'share of controls that ever alerted', 'sensitivity', shares, roc(contenders.filter(({ kind }) => kind === 'preset')))}
${first ? lagChart(first) : ''}
<h2>By group</h2><table>${row(['', ...(first?.groups.map(({ group, known }) => `${group || 'no group'} (${known})`) ?? [])], 'th')}${contenders
    .map((one) =>
      row([one.title, ...one.groups.map(({ found, known }) => share(known === 0 ? 0 : found / known))]),
    )
    .join('')}</table></html>
`;
}
