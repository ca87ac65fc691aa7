import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Column, Panel } from '../panel.ts';
import { dataLink } from './links.ts';
import { decimalsOf, steps, unitName } from './units.ts';

/** How a cell looks. `marked` is Grafana's cell of Markdown and HTML, which it cleans before it shows it. */
function cellOptions({ look }: Column): DynamicConfigValue[] {
  if (look === undefined) return [];
  switch (look) {
    case 'marked':
      return [{ id: 'custom.cellOptions', value: { type: 'markdown', dynamicHeight: true, wrapText: true } }];
    case 'bar':
      return [
        { id: 'custom.cellOptions', value: { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' } },
        { id: 'min', value: 0 },
        { id: 'color', value: { mode: 'fixed', fixedColor: 'blue' } },
      ];
    case 'tone':
      return [
        { id: 'custom.cellOptions', value: { type: 'color-text' } },
        { id: 'color', value: { mode: 'thresholds' } },
      ];
    case 'effect':
    case 'product':
      return [
        { id: 'custom.cellOptions', value: { type: 'color-text', wrapText: true } },
        { id: 'color', value: { mode: 'fixed', fixedColor: look === 'effect' ? 'orange' : 'blue' } },
      ];
  }
}

function properties(column: Column, kept: readonly string[]): DynamicConfigValue[] {
  const { title, unit, width, thresholds, links, hidden } = column;
  const decimals = column.decimals ?? decimalsOf(unit);
  // Grafana 12.2 and later read `hideFrom`, those before `hidden`.
  if (hidden) {
    return [
      { id: 'custom.hidden', value: true },
      { id: 'custom.hideFrom', value: { viz: true, legend: true, tooltip: true } },
    ];
  }
  return [
    { id: 'displayName', value: title },
    ...(unit ? [{ id: 'unit', value: unitName(unit) }] : []),
    ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
    ...(width === undefined ? [] : [{ id: 'custom.width', value: width }]),
    ...(thresholds ? [{ id: 'thresholds', value: { mode: 'absolute', steps: steps(thresholds) } }] : []),
    ...(links ? [{ id: 'links', value: links.map((link) => dataLink(link, kept)) }] : []),
    ...cellOptions(column),
  ];
}

/** A table with its columns as the panel describes them. */
export function tablePanel(panel: Panel, kept: readonly string[]): PanelBuilder {
  const builder = new PanelBuilder().showHeader(true).filterable(false).minWidth(60);
  for (const column of panel.columns ?? []) {
    builder.overrideByName(column.field, properties(column, kept));
  }
  return builder;
}
