/** A generator of numbers that is the same for the same seed (mulberry32). */
export function createDice(seed: number) {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return {
    below: (limit: number): number => (limit <= 0 ? 0 : next() % limit),
    pick: <T>(values: readonly T[]): T => values[next() % values.length] as T,
  };
}
export type Dice = ReturnType<typeof createDice>;

const long = 'x'.repeat(300);
const values: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1e308,
  -0.5,
  2 ** 53,
  '',
  ' ',
  long,
  'NaN',
  '__proto__',
  '\u0000',
  '\ud800',
  '\ud83d\ude00',
  [],
  {},
  [[]],
  [null],
  { id: null },
  { text: {} },
  '@a@b.c',
  'a@b.de',
  '+1 555 123 4567',
  '0000-00-00T00:00:00Z',
  '9999999999999999999',
  '2262-01-01',
  'at://x/y/z',
  '&#x110000;',
  '<p><a href="javascript:">',
  ']]>',
  '-->',
  'id:1 2',
];
const tokens = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ',',
  ':',
  '\n',
  '\r\n',
  '\n\n',
  '\t',
  '\\',
  '\\u0000',
  '\\ud800',
  '<',
  '>',
  '</item>',
  '<item>',
  '</entry>',
  '<![CDATA[',
  ']]>',
  '<!--',
  '-->',
  '&amp;',
  '&#0;',
  'data:',
  'event: update\n',
  '\u0000',
  '\ufeff',
  'null',
  '1e999',
  '-',
  '""',
  '{}',
  '[]',
  '[[[[[[[[',
  '@',
  '://',
  '𝔘',
  '\u202e',
];

/** Replaces, removes, copies or renames one node of a JSON document. */
function mutateNode(value: unknown, dice: Dice): unknown {
  const parents: Record<string, unknown>[] = [];
  const collect = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    parents.push(node as Record<string, unknown>);
    for (const child of Object.values(node)) collect(child);
  };
  collect(value);
  const parent = parents.length > 0 ? dice.pick(parents) : undefined;
  const keys = parent ? Object.keys(parent) : [];
  if (!parent || keys.length === 0) return dice.pick(values);
  const key = dice.pick(keys);
  const kind = dice.below(5);
  if (kind === 0) delete parent[key];
  else if (kind === 1) parent[dice.pick(keys)] = structuredClone(parent[key]);
  else if (kind === 2)
    Object.defineProperty(parent, dice.pick(['__proto__', 'constructor', 'id', 'text', '0', key]), {
      value: parent[key],
      enumerable: true,
      configurable: true,
      writable: true,
    });
  else parent[key] = dice.pick(values);
  return value;
}

function mutateJson(text: string, dice: Dice): string | undefined {
  const match = /^(?<head>(?:event: [^\n]*\ndata: )?)(?<json>[[{][\s\S]*?)(?<tail>\s*)$/.exec(text);
  if (!match?.groups) return undefined;
  try {
    let value: unknown = JSON.parse(match.groups['json'] as string);
    for (let times = 1 + dice.below(3); times > 0; times--) value = mutateNode(value, dice);
    return `${match.groups['head']}${JSON.stringify(value)}${match.groups['tail']}`;
  } catch {
    return undefined;
  }
}

function mutateBytes(input: Buffer, other: Buffer, dice: Dice): Buffer {
  let bytes = Buffer.from(input);
  for (let times = 1 + dice.below(4); times > 0; times--) {
    const at = dice.below(bytes.length + 1);
    const end = Math.min(bytes.length, at + dice.below(40));
    const before = bytes.subarray(0, at);
    switch (dice.below(8)) {
      case 0:
        if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << dice.below(8));
        break;
      case 1:
        bytes = Buffer.concat([before, bytes.subarray(end)]);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
        break;
      case 3:
        bytes = Buffer.concat([before, Buffer.from(dice.pick(tokens)), bytes.subarray(at)]);
        break;
      case 4:
        bytes = Buffer.from(before);
        break;
      case 5:
        bytes = Buffer.concat([before, other.subarray(dice.below(other.length))]);
        break;
      case 6:
        bytes = Buffer.concat([before, Buffer.from([dice.below(256), dice.below(256)]), bytes.subarray(at)]);
        break;
      default:
        bytes = Buffer.concat([
          before,
          Buffer.from(dice.pick(tokens).repeat(1 + dice.below(200))),
          bytes.subarray(at),
        ]);
    }
  }
  return bytes;
}

/** A damaged copy of a message: a value of another kind somewhere inside, or bytes out of order. */
export function mutate(input: Buffer, other: Buffer, dice: Dice): Buffer {
  if (dice.below(2) === 0) {
    const text = mutateJson(input.toString(), dice);
    if (text !== undefined) return Buffer.from(text);
  }
  return mutateBytes(input, other, dice);
}
