import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { GridPos, Panel as GrafanaPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TextBuilder, TextMode } from '@grafana/grafana-foundation-sdk/text';
import type { Panel, PanelKind } from '../panel.ts';
import { rankingPanel, statPanel, timePanel, withNumbers } from './chart.ts';
import { forestPanel } from './forest.ts';
import { clickhouseQuery, datasource } from './query.ts';
import { tablePanel } from './table.ts';

/** What all builders of panels with a query have in common. */
type Asking = Builder<GrafanaPanel> & {
  id(id: number): Asking;
  title(title: string): Asking;
  description(text: string): Asking;
  gridPos(place: GridPos): Asking;
  datasource(ref: typeof datasource): Asking;
  noValue(text: string): Asking;
  interval(step: string): Asking;
  withTarget(target: ReturnType<typeof clickhouseQuery>): Asking;
};

const bodies: Readonly<
  Record<Exclude<PanelKind, 'text'>, (panel: Panel, kept: readonly string[]) => Asking>
> = {
  timeseries: (panel) => withNumbers(panel, timePanel(panel)),
  bars: (panel) => withNumbers(panel, timePanel(panel)),
  table: tablePanel,
  posts: tablePanel,
  stat: (panel, kept) => withNumbers(panel, statPanel(panel, kept)),
  ranking: (panel, kept) => withNumbers(panel, rankingPanel(panel, kept)),
  forest: (panel) => withNumbers(panel, forestPanel(panel)),
};

/** Steps in Grafana's words. */
const stepName = (seconds: number) =>
  seconds % 86_400 === 0
    ? `${seconds / 86_400}d`
    : seconds % 3600 === 0
      ? `${seconds / 3600}h`
      : `${seconds}s`;

/** A panel at its place on the dashboard. `kept`: variables that links to other dashboards take along. */
export function grafanaPanel(
  panel: Panel,
  id: number,
  place: GridPos,
  kept: readonly string[],
): Builder<GrafanaPanel> {
  const { kind, title, question, empty, minInterval } = panel;
  if (kind === 'text') {
    return new TextBuilder().id(id).title(title).gridPos(place).mode(TextMode.Markdown).content(question);
  }
  const timed = kind === 'timeseries' || kind === 'bars';
  const body = bodies[kind](panel, kept)
    .id(id)
    .title(title)
    .description(question)
    .gridPos(place)
    .datasource(datasource)
    .noValue(empty ?? (kind === 'stat' ? '–' : 'Nothing in this time'))
    .withTarget(clickhouseQuery(panel.sql, timed ? 'timeseries' : 'table'));
  return minInterval === undefined ? body : body.interval(stepName(minInterval));
}
