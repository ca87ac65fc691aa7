import type { Random } from './random.ts';

/**
 * A frame of a text: fixed words, `{slots}` and choices `[one|other|]` that may hold slots.
 * `{a/b}` chooses by who is spoken of.
 */
export type Template = readonly Part[];
type Part = string | { readonly slot: string } | { readonly choices: readonly Template[] };

/** Fills a slot; what it returns is taken as it is. */
export type Fill = (slot: string) => string;

export function compile(source: string): Template {
  let at = 0;
  const sequence = (nested: boolean): Part[] => {
    const parts: Part[] = [];
    let plain = '';
    const flush = (): void => {
      if (plain !== '') parts.push(plain);
      plain = '';
    };
    while (at < source.length) {
      const char = source[at] as string;
      if (nested && (char === '|' || char === ']')) break;
      at++;
      if (char === '{') {
        const end = source.indexOf('}', at);
        if (end < 0) throw new SyntaxError(`a slot without its end in the frame ${source}`);
        flush();
        parts.push({ slot: source.slice(at, end) });
        at = end + 1;
      } else if (char === '[') {
        flush();
        const choices: Template[] = [];
        do {
          choices.push(sequence(true));
        } while (source[at++] === '|');
        parts.push({ choices });
      } else plain += char;
    }
    flush();
    return parts;
  };
  return sequence(false);
}

export function render(template: Template, fill: Fill, random: Random): string {
  let text = '';
  for (const part of template) {
    if (typeof part === 'string') text += part;
    else if ('slot' in part) text += fill(part.slot);
    else text += render(random.pick(part.choices), fill, random);
  }
  return text;
}
