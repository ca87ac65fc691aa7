import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Column, Panel } from '../panel.ts';
import { dataLink } from './links.ts';
import { decimalsOf, steps, unitName } from './units.ts';

const coloured = (colour: string): DynamicConfigValue[] => [
  { id: 'custom.cellOptions', value: { type: 'color-text', wrapText: true } },
  { id: 'color', value: { mode: 'fixed', fixedColor: colour } },
];

/** How a cell looks. `marked` is Grafana's cell of Markdown and HTML, which it cleans before it shows it. */
const cells: Readonly<Record<NonNullable<Column['look']>, DynamicConfigValue[]>> = {
  marked: [{ id: 'custom.cellOptions', value: { type: 'markdown', dynamicHeight: true, wrapText: true } }],
  bar: [
    { id: 'custom.cellOptions', value: { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' } },
    { id: 'min', value: 0 },
    { id: 'max', value: 1 },
    { id: 'color', value: { mode: 'fixed', fixedColor: 'blue' } },
  ],
  tone: [
    { id: 'custom.cellOptions', value: { type: 'color-text' } },
    { id: 'color', value: { mode: 'thresholds' } },
  ],
  effect: coloured('orange'),
  product: coloured('blue'),
};

function properties(column: Column, kept: readonly string[]): DynamicConfigValue[] {
  const { title, unit, width, thresholds, links, hidden, look } = column;
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
    ...(look ? cells[look] : []),
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
