import { PanelBuilder } from '@grafana/grafana-foundation-sdk/barchart';
import {
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import {
  GraphThresholdsStyleConfigBuilder,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import type { DataTransformerConfig, DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Panel } from '../panel.ts';

const toEstimate = 'up to the estimate';
const toUpper = 'up to the upper limit';

const difference = (left: string, right: string, alias: string): DataTransformerConfig => ({
  id: 'calculateField',
  options: {
    mode: 'binary',
    reduce: { reducer: 'sum' },
    binary: {
      left: { matcher: { id: 'byName', options: left } },
      operator: '-',
      right: { matcher: { id: 'byName', options: right } },
    },
    alias,
    replaceFields: false,
  },
});

const fill = (colour: string, opacity: number): DynamicConfigValue[] => [
  { id: 'color', value: { mode: 'fixed', fixedColor: colour } },
  { id: 'custom.fillOpacity', value: opacity },
  { id: 'custom.lineWidth', value: 0 },
];

/**
 * A forest plot. Grafana has none, so it is drawn by bars that lie on each other: an invisible one up to the
 * lower limit, one up to the estimate and one up to the upper limit; the estimate is where the shades meet.
 * The numbers stand in the labels, since those of the bars would be differences.
 */
export function forestPanel(panel: Panel): PanelBuilder {
  const builder = new PanelBuilder()
    .xField('label')
    .orientation(VizOrientation.Horizontal)
    .stacking(StackingMode.Normal)
    .showValue(VisibilityMode.Never)
    .barWidth(0.6)
    .xTickLabelMaxLength(52)
    .legend(new VizLegendOptionsBuilder().showLegend(false).displayMode(LegendDisplayMode.Hidden))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.None))
    .transformations([
      difference('estimate', 'lower', toEstimate),
      difference('upper', 'estimate', toUpper),
      {
        id: 'organize',
        options: {
          excludeByName: { people: true, estimate: true, upper: true },
          indexByName: { label: 0, lower: 1, [toEstimate]: 2, [toUpper]: 3 },
          renameByName: {},
        },
      },
    ])
    .min(0)
    .overrideByName('lower', fill('transparent', 0))
    .overrideByName(toEstimate, fill('blue', 55))
    .overrideByName(toUpper, fill('blue', 90));
  if (panel.thresholds) {
    builder.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  }
  return builder;
}
