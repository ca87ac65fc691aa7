import { html, raw } from 'hono/html';
import { z } from 'zod';
import { ruleSchema } from '../../../schemas/alerting.ts';
import { plainText } from '../format.ts';
import type { Html } from '../shell.ts';

/** What a schema says of one key of a rule, as far as a form needs it. */
type Field = {
  readonly type?: string;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly items?: Field;
  readonly anyOf?: readonly Field[];
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
};
type Shape = { readonly properties: Readonly<Record<string, Field>>; readonly required?: readonly string[] };

const shapes = (
  z.toJSONSchema(ruleSchema, { io: 'input' }) as unknown as { readonly oneOf: readonly Shape[] }
).oneOf;

/** Kinds of rules with what each tells, in the order of the schema. */
export const ruleKinds = shapes.map(({ properties }) => ({
  kind: properties['kind']?.const ?? '',
  what: properties['kind']?.description ?? '',
}));

function shapeOf(kind: string): Shape | undefined {
  return shapes.find(({ properties }) => properties['kind']?.const === kind);
}

/** The type of a field that may also be null. */
function plain(field: Field): Field & { readonly nullable: boolean } {
  const inner = field.anyOf?.find(({ type }) => type !== 'null');
  return inner ? { ...field, ...inner, nullable: true } : { ...field, nullable: false };
}

/** `minPeople` as `min people`. */
const words = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

export type FormChoices = {
  readonly channels: readonly string[];
  readonly calendars: readonly string[];
};

function ticks(key: string, options: readonly string[], chosen: readonly string[]): Html {
  return html`<span class="ticks">
    ${options.map(
      (option) =>
        html`<label
          ><input
            type="checkbox"
            name="${key}"
            value="${option}"
            ${chosen.includes(option) ? raw('checked') : ''}
          />
          ${option}</label
        >`,
    )}
  </span>`;
}

type Control = {
  readonly control: Html;
  /** Several boxes to tick, which need a name as a group. */ readonly boxes: boolean;
};

function controlOf(
  key: string,
  field: Field,
  value: unknown,
  choices: FormChoices,
  required: boolean,
): Control {
  const { type, enum: options, items, nullable, minimum, maximum } = plain(field);
  const list = Array.isArray(value) ? (value as readonly string[]) : [];
  const offered = items?.enum ?? (key === 'channels' ? choices.channels : undefined);
  if (type === 'array' && offered) {
    const none = html`<span class="quiet">none is configured</span>`;
    return { control: offered.length === 0 ? none : ticks(key, offered, list), boxes: true };
  }
  const select = options ?? (key === 'quietHours' ? choices.calendars : undefined);
  if (select) {
    const control = html`<select name="${key}" aria-describedby="${key}-help">
      ${nullable ? html`<option value="">none</option>` : ''}
      ${select.map((one) => html`<option ${one === value ? raw('selected') : ''}>${one}</option>`)}
    </select>`;
    return { control, boxes: false };
  }
  if (type === 'boolean') return { control: ticks(key, ['yes'], value === true ? ['yes'] : []), boxes: true };
  const shown = type === 'array' ? list.join(', ') : plainText(value);
  const isNumber = type === 'number' || type === 'integer';
  const bounds = isNumber
    ? html`type="number" step="${type === 'integer' ? '1' : 'any'}"
      ${minimum === undefined ? '' : html`min="${minimum}"`}
      ${maximum === undefined ? '' : html`max="${maximum}"`}`
    : '';
  const control = html`<input
    name="${key}"
    value="${shown}"
    ${bounds}
    ${required ? raw('required') : ''}
    aria-describedby="${key}-help"
    autocomplete="off"
    maxlength="2000"
  />`;
  return { control, boxes: false };
}

/** The fields of a rule of one kind; `values` are shown in them. */
export function ruleFields(
  kind: string,
  values: Readonly<Record<string, unknown>>,
  choices: FormChoices,
  isNew: boolean,
): Html {
  const shape = shapeOf(kind);
  if (!shape) return html``;
  return html`${Object.entries(shape.properties).map(([key, field]) => {
    if (key === 'kind' || (key === 'id' && !isNew))
      return html`<input
        type="hidden"
        name="${key}"
        value="${key === 'kind' ? kind : plainText(values['id'])}"
      />`;
    const required = shape.required?.includes(key) ?? false;
    const { control, boxes } = controlOf(key, field, values[key] ?? field.default, choices, required);
    const help = html`<small id="${key}-help">${field.description ?? ''}</small>`;
    return boxes
      ? html`<fieldset class="field rule-field">
          <legend>${words(key)}</legend>
          ${control}${help}
        </fieldset>`
      : html`<label class="field rule-field"
          ><span class="name">${words(key)}</span>${control}${help}</label
        >`;
  })}`;
}

type FormValue = string | File | (string | File)[] | undefined;

const texts = (value: FormValue): string[] =>
  (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string');

/** The rule that a form of `ruleFields` describes; it is checked by whoever takes it. */
export function ruleOfForm(form: Readonly<Record<string, FormValue>>): Record<string, unknown> {
  const kind = texts(form['kind'])[0] ?? '';
  const rule: Record<string, unknown> = { kind };
  for (const [key, field] of Object.entries(shapeOf(kind)?.properties ?? {})) {
    if (key === 'kind') continue;
    const { type, nullable, items } = plain(field);
    const given = texts(form[key]);
    const text = (given[0] ?? '').trim();
    if (type === 'boolean') rule[key] = given.includes('yes');
    else if (type === 'array') {
      const parts = items?.enum ? given : given.flatMap((one) => one.split(/[,\n]/));
      rule[key] = parts.map((part) => part.trim()).filter(Boolean);
    } else if (text === '' && nullable) rule[key] = null;
    else if (text === '') continue;
    else rule[key] = type === 'number' || type === 'integer' ? Number(text) : text;
  }
  return rule;
}
