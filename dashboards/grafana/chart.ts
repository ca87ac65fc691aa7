import { PanelBuilder as BarChartBuilder } from '@grafana/grafana-foundation-sdk/barchart';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  SortOrder,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  FieldColorBuilder,
  FieldColorModeId,
  ThresholdsConfigBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Panel } from '../panel.ts';
import { dataLink } from './links.ts';
import { decimalsOf, steps, unitName } from './units.ts';

/** Lines or bars over time, the legend below them. */
export function timePanel(panel: Panel): TimeseriesBuilder {
  const bars = panel.kind === 'bars';
  const builder = new TimeseriesBuilder()
    .drawStyle(bars ? GraphDrawStyle.Bars : GraphDrawStyle.Line)
    .lineWidth(bars ? 1 : 2)
    .fillOpacity(bars ? 70 : panel.stacked ? 40 : 8)
    .showPoints(VisibilityMode.Auto)
    .axisSoftMin(0)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName))
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  if (panel.stacked) builder.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  if (panel.split) builder.displayName('${__field.labels.series}');
  for (const { field, title, look } of panel.columns ?? []) {
    const marks: DynamicConfigValue[] =
      look === 'tone'
        ? [
            { id: 'custom.drawStyle', value: 'points' },
            { id: 'custom.pointSize', value: 12 },
            { id: 'color', value: { mode: 'fixed', fixedColor: 'red' } },
          ]
        : [];
    builder.overrideByName(field, [{ id: 'displayName', value: title }, ...marks]);
  }
  return builder;
}

/** One number. */
export function statPanel(panel: Panel, kept: readonly string[]): StatBuilder {
  const builder = new StatBuilder()
    .graphMode(BigValueGraphMode.None)
    .colorMode(panel.thresholds ? BigValueColorMode.Value : BigValueColorMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false));
  const links = panel.links?.map((link) => dataLink(link, kept)) ?? [];
  if (links.length > 0) builder.overrideByRegexp('.*', [{ id: 'links', value: links }]);
  return builder;
}

/** Horizontal bars, the largest first. */
export function rankingPanel(panel: Panel, kept: readonly string[]): BarChartBuilder {
  const builder = new BarChartBuilder()
    .xField('label')
    .orientation(VizOrientation.Horizontal)
    .showValue(VisibilityMode.Always)
    .barWidth(0.7)
    .xTickLabelMaxLength(28)
    .fillOpacity(70)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor('blue'))
    .legend(new VizLegendOptionsBuilder().showLegend(false).displayMode(LegendDisplayMode.Hidden))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single));
  for (const { field, title, hidden, links } of panel.columns ?? []) {
    builder.overrideByName(
      field,
      hidden
        ? [{ id: 'custom.hideFrom', value: { viz: true, legend: true, tooltip: true } }]
        : [
            { id: 'displayName', value: title },
            ...(links ? [{ id: 'links', value: links.map((link) => dataLink(link, kept)) }] : []),
          ],
    );
  }
  return builder;
}

type Numbered = {
  unit(name: string): unknown;
  decimals(digits: number): unknown;
  thresholds(config: ThresholdsConfigBuilder): unknown;
};

/** Sets unit, digits and thresholds of a panel's numbers. */
export function withNumbers<B extends Numbered>(panel: Panel, builder: B): B {
  const decimals = decimalsOf(panel.unit);
  if (panel.unit) builder.unit(unitName(panel.unit));
  if (decimals !== undefined) builder.decimals(decimals);
  if (panel.thresholds) builder.thresholds(new ThresholdsConfigBuilder().steps(steps(panel.thresholds)));
  return builder;
}
