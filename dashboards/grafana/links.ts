import type { Link } from '../panel.ts';

/** Uid of a dashboard in Grafana; part of its address. */
export const uidOf = (dashboard: string): string => `vigilstream-${dashboard}`;

const valueOf = (column: string) => `\${__data.fields.${column}:percentencode}`;

function addressOf(link: Link, kept: readonly string[]): string {
  if (link.to === 'address') return `\${__data.fields.${link.column}:raw}`;
  if (link.to === 'console') {
    return `\${console:raw}${link.path.replaceAll(/\{(\w+)\}/g, (_whole, column: string) => valueOf(column))}`;
  }
  const set = Object.entries(link.set).map(([variable, column]) => `var-${variable}=${valueOf(column)}`);
  const others = kept.filter((name) => !(name in link.set)).map((name) => `\${${name}:queryparam}`);
  return `/d/${uidOf(link.dashboard)}?${[...set, ...others, '${__url_time_range}'].join('&')}`;
}

/**
 * A link of a value. `kept` are the variables of the dashboard that go along to another one.
 * What leaves Grafana opens in a new tab.
 */
export function dataLink(link: Link, kept: readonly string[]) {
  return { title: link.title, url: addressOf(link, kept), targetBlank: link.to !== 'dashboard' };
}
