import { html } from 'hono/html';
import type { Html } from './shell.ts';

const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** A count with thin groups of three digits. */
export function countText(value: number): string {
  return whole.format(value);
}

/** A length of time in its largest unit that is at least one: `3 d`, `5 h`, `40 s`. */
export function durationText(seconds: number): string {
  const size = Math.abs(seconds);
  if (size < 60) return `${Math.round(seconds)} s`;
  if (size < 3600) return `${Math.round(seconds / 60)} min`;
  if (size < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** A share or probability of 0 to 1 in percent. */
export function percentText(share: number): string {
  const percent = share * 100;
  return `${percent.toFixed(percent > 0 && percent < 10 ? 1 : 0)} %`;
}

/** A number as its unit is read; `–` where there is none. */
export function numberText(value: unknown, unit: string | undefined, decimals?: number): string {
  if (value === null || value === undefined || value === '') return '–';
  const number = Number(value);
  if (!Number.isFinite(number)) return '–';
  if (unit === 'share' || unit === 'probability') return percentText(number);
  if (unit === 'seconds') return durationText(number);
  if (decimals !== undefined) {
    const least = 10 ** -decimals;
    return number > 0 && number < least / 2 ? `< ${least}` : number.toFixed(decimals);
  }
  if (unit === 'ratio') return Math.abs(number) >= 100 ? whole.format(number) : number.toFixed(2);
  return Number.isInteger(number) ? whole.format(number) : number.toFixed(Math.abs(number) < 10 ? 2 : 1);
}

/** A value of a table as text; arrays by commas. */
export function plainText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Milliseconds since 1970 UTC of a time as the tables give it, `2026-01-31 12:00:00[.000]` in UTC. */
export function tableTime(text: unknown): number {
  return typeof text === 'number' ? text : Date.parse(`${plainText(text).replace(' ', 'T')}Z`);
}

/**
 * A moment for the reader: the server writes UTC, `shell.ts` turns it into the reader's zone and leaves UTC to
 * point at. A day stays one of UTC.
 */
export function timeTag(ms: number, show: 'moment' | 'day' = 'moment'): Html {
  if (!Number.isFinite(ms) || ms <= 0) return html`<span class="quiet">never</span>`;
  const iso = new Date(ms).toISOString();
  const text = show === 'day' ? iso.slice(0, 10) : `${iso.slice(0, 16).replace('T', ' ')} UTC`;
  return html`<time datetime="${iso}" data-show="${show}">${text}</time>`;
}

/** `1 person`, `2 people`; `1 post`, `2 posts`. */
export function counted(value: number, of: 'people' | 'posts' | 'signals' | 'alerts'): string {
  const one = { people: 'person', posts: 'post', signals: 'signal', alerts: 'alert' }[of];
  return `${countText(value)} ${value === 1 ? one : of}`;
}
