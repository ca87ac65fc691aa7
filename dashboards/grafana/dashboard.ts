import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Dashboard as GrafanaDashboard,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { annotations } from '../annotations.ts';
import type { Dashboard } from '../dashboard.ts';
import { variablesOf } from '../expand.ts';
import { panelNamed } from '../index.ts';
import { variableNamed, variables } from '../variables.ts';
import { grafanaPanel } from './panel.ts';
import { uidOf } from './links.ts';
import { clickhouseQuery, datasource } from './query.ts';
import { datasourceVariable, grafanaVariable } from './variables.ts';

/** Names of the variables that the queries of a dashboard need, in the order of the list of variables. */
export function variablesNeeded(dashboard: Dashboard): readonly string[] {
  const queries = [
    ...dashboard.rows.flat().map(([id]) => panelNamed(id).sql),
    ...annotations.map(({ sql }) => sql),
  ];
  const used = new Set(queries.flatMap(variablesOf));
  // Queries of variables name variables, too.
  for (const name of used) {
    const variable = variableNamed(name);
    if (variable.kind === 'query') for (const other of variablesOf(variable.sql)) used.add(other);
  }
  return variables.map(({ name }) => name).filter((name) => used.has(name));
}

/** A dashboard as Grafana's JSON model. */
export function grafanaDashboard(dashboard: Dashboard): GrafanaDashboard {
  const needed = variablesNeeded(dashboard);
  const builder = new DashboardBuilder(dashboard.title)
    .uid(uidOf(dashboard.id))
    .description(dashboard.description)
    .tags(['vigilstream'])
    .time({ from: `now-${dashboard.past}`, to: 'now' })
    .timezone('browser')
    .refresh(dashboard.refresh)
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .link(
      new DashboardLinkBuilder('vigilstream')
        .type(DashboardLinkType.Dashboards)
        .tags(['vigilstream'])
        .asDropdown(false)
        .includeVars(true)
        .keepTime(true),
    )
    .link(
      new DashboardLinkBuilder('Console')
        .type(DashboardLinkType.Link)
        .icon('external link')
        .tooltip('The page of vigilstream itself')
        .url('${console:raw}')
        .targetBlank(true),
    )
    .withVariable(datasourceVariable());
  for (const name of [...needed, 'console']) {
    builder.withVariable(grafanaVariable(variableNamed(name), dashboard.one.includes(name)));
  }
  for (const { title, colour, sql } of annotations) {
    builder.annotation(
      new AnnotationQueryBuilder()
        .name(title)
        .datasource(datasource)
        .enable(true)
        .hide(false)
        .iconColor(colour)
        .target(clickhouseQuery(sql, 'table', 'annotation')),
    );
  }
  let id = 1;
  let y = 0;
  for (const row of dashboard.rows) {
    let x = 0;
    for (const [name, width, height] of row) {
      builder.withPanel(grafanaPanel(panelNamed(name), id++, { x, y, w: width, h: height }, needed));
      x += width;
    }
    y += Math.max(...row.map(([, , height]) => height));
  }
  return builder.build();
}

/** The file of a dashboard: its JSON, the same at every run. */
export function dashboardFile(dashboard: Dashboard): { readonly name: string; readonly text: string } {
  return { name: `${dashboard.id}.json`, text: `${JSON.stringify(grafanaDashboard(dashboard), null, 2)}\n` };
}
