import {
  ConstantVariableBuilder,
  CustomVariableBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { all, type Variable } from '../variables.ts';
import { datasource, pluginId } from './query.ts';

/** Takes `name [id]` apart: the name is shown, the id is the value. */
const namedValue = '/^(?<text>.*) \\[(?<value>[^\\]]*)\\]$/';

/** The choice of the data source, so that one set of dashboards serves the cluster and the embedded store. */
export function datasourceVariable(): Builder<VariableModel> {
  return new DatasourceVariableBuilder('datasource')
    .label('Data source')
    .type(pluginId)
    .current({ text: 'vigilstream', value: 'vigilstream' });
}

function queryVariable(variable: Extract<Variable, { kind: 'query' }>, one: boolean): QueryVariableBuilder {
  const { name, label, description, named, initial } = variable;
  const sql = variable.sql.trim();
  const builder = new QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .datasource(datasource)
    // The plugin reads `rawSql`, in its old and in its new form of variables.
    .query({ refId: name, queryType: 'sql', editorType: 'sql', rawSql: sql, format: 1 })
    .definition(sql)
    .regex(named ? namedValue : '')
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.Disabled)
    .multi(!one)
    .includeAll(!one);
  if (!one) builder.current({ text: ['All'], value: [all] });
  else if (initial !== all) builder.current({ text: initial, value: initial });
  return builder;
}

function choiceVariable(variable: Extract<Variable, { kind: 'choice' }>): CustomVariableBuilder {
  const { name, label, description, initial, choices } = variable;
  const options = choices.map(({ value, text }) => ({ text, value, selected: value === initial }));
  return new CustomVariableBuilder(name)
    .label(label)
    .description(description)
    .values(choices.map(({ value, text }) => `${text.replaceAll(',', '\\,')} : ${value}`).join(', '))
    .options(options)
    .current(options.find(({ selected }) => selected) ?? { text: initial, value: initial })
    .multi(false)
    .includeAll(false);
}

/** A variable of a dashboard. `one`: exactly one value is chosen, else any number, or all of them. */
export function grafanaVariable(variable: Variable, one: boolean): Builder<VariableModel> {
  if (variable.kind === 'query') return queryVariable(variable, one);
  if (variable.kind === 'choice') return choiceVariable(variable);
  const { name, label, description, initial } = variable;
  return new ConstantVariableBuilder(name).label(label).description(description).value(initial);
}
