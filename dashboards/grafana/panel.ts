import { PanelBuilder as TextBuilder, TextMode } from '@grafana/grafana-foundation-sdk/text';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { GridPos, Panel as GrafanaPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Panel } from '../panel.ts';
import { applyNumbers, rankingPanel, statPanel, timePanel } from './chart.ts';
import { forestPanel } from './forest.ts';
import { clickhouseQuery, datasource } from './query.ts';
import { tablePanel } from './table.ts';

/** Steps in Grafana's words. */
const stepName = (seconds: number) =>
  seconds % 86_400 === 0
    ? `${seconds / 86_400}d`
    : seconds % 3600 === 0
      ? `${seconds / 3600}h`
      : `${seconds}s`;

function bodyOf(panel: Panel, kept: readonly string[]) {
  switch (panel.kind) {
    case 'timeseries':
    case 'bars':
      return timePanel(panel);
    case 'table':
    case 'posts':
      return tablePanel(panel, kept);
    case 'stat':
      return statPanel(panel, kept);
    case 'ranking':
      return rankingPanel(panel, kept);
    case 'forest':
      return forestPanel(panel);
    case 'text':
      return undefined;
  }
}

/** A panel at its place on the dashboard. `kept`: variables that links to other dashboards take along. */
export function grafanaPanel(
  panel: Panel,
  id: number,
  place: GridPos,
  kept: readonly string[],
): Builder<GrafanaPanel> {
  const body = bodyOf(panel, kept);
  if (!body) {
    return new TextBuilder()
      .id(id)
      .title(panel.title)
      .gridPos(place)
      .mode(TextMode.Markdown)
      .content(panel.question);
  }
  const timed = panel.kind === 'timeseries' || panel.kind === 'bars';
  applyNumbers(panel, body);
  body
    .id(id)
    .title(panel.title)
    .description(panel.question)
    .gridPos(place)
    .datasource(datasource)
    .noValue(panel.empty ?? (panel.kind === 'stat' ? '–' : 'Nothing in this time'))
    .withTarget(clickhouseQuery(panel.sql, timed ? 'timeseries' : 'table'));
  if (panel.minInterval !== undefined) body.interval(stepName(panel.minInterval));
  return body;
}
