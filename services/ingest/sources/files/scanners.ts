import type { Framing } from './detect.ts';
import type { Scanner } from './frames.ts';

const lf = 10;
const cr = 13;
const quote = 34;

/** A record per line. */
export const lineScanner = (): Scanner => ({
  scan: (chunk, from) => chunk.indexOf(lf, from) + 1 || -1,
});

/** Server-sent events: lines up to an empty one. */
export function eventScanner(): Scanner {
  let empty = false; // whether the line so far has nothing in it, after a line that had
  return {
    scan(chunk, from) {
      for (let at = from; at < chunk.length; at++) {
        const byte = chunk[at];
        if (byte === lf) {
          if (empty) {
            empty = false;
            return at + 1;
          }
          empty = true;
        } else if (byte !== cr) {
          empty = false;
          const next = chunk.indexOf(lf, at);
          if (next < 0) return -1;
          at = next - 1;
        }
      }
      return -1;
    },
  };
}

/**
 * JSON documents one after the other, or the elements of top-level arrays: brackets, commas and blanks
 * outside objects are separators. What is neither is cut off before the next object, to fail by itself.
 */
export function jsonScanner(): Scanner {
  let depth = 0;
  let inString = false;
  let escaped = false;
  let garbage = false;
  const reset = (at: number): number => {
    depth = 0;
    garbage = false;
    return at;
  };
  return {
    scan(chunk, from) {
      for (let at = from; at < chunk.length; at++) {
        const byte = chunk[at];
        if (inString) {
          if (escaped) escaped = false;
          else if (byte === 92) escaped = true;
          else if (byte === quote || byte === lf) inString = false; // no JSON string holds a line feed
        } else if (byte === quote) {
          inString = true;
          if (depth === 0) garbage = true;
        } else if (byte === 123 || byte === 91) {
          if (depth > 0) depth++;
          else if (byte === 123) {
            if (garbage) return reset(at);
            depth = 1;
          }
        } else if (byte === 125 || byte === 93) {
          if (depth > 0) {
            if (--depth === 0) return reset(at + 1);
          } else if (byte === 125) garbage = true;
        } else if (depth === 0 && byte !== 44 && byte !== 32 && byte !== lf && byte !== cr && byte !== 9) {
          garbage = true;
        }
      }
      return -1;
    },
  };
}

/** Rows of a table: a line feed ends one unless it stands in quotes, which open only where a field begins. */
export function rowScanner(delimiter: number): Scanner {
  let inQuotes = false;
  let canOpen = true; // where a field begins, and right after a closing quote, which then was an escaped one
  return {
    scan(chunk, from) {
      for (let at = from; at < chunk.length; at++) {
        const byte = chunk[at];
        if (inQuotes) {
          if (byte === quote) {
            inQuotes = false;
            canOpen = true;
          }
        } else if (byte === lf) {
          canOpen = true;
          return at + 1;
        } else if (byte === quote && canOpen) inQuotes = true;
        else canOpen = byte === delimiter;
      }
      return -1;
    },
  };
}

const openComment = '!--';
const openData = '![CDATA[';

/**
 * Items of a feed: everything up to the end tag of an `item` or `entry`, under any prefix, that stands
 * neither in a comment nor in character data. What comes before the start tag belongs to the frame too.
 */
export function itemScanner(): Scanner {
  let inside: 'text' | 'tag' | 'comment' | 'data' | 'end' = 'text';
  let tag = '';
  let closing = 0; // how much of `-->` or `]]>` has been seen
  return {
    scan(chunk, from) {
      for (let at = from; at < chunk.length; at++) {
        if (inside === 'text') {
          const next = chunk.indexOf(60, at);
          if (next < 0) return -1;
          at = next;
          inside = 'tag';
          tag = '';
          continue;
        }
        const byte = chunk[at] as number;
        if (inside === 'end') {
          if (byte !== 62) continue;
          inside = 'text';
          return at + 1;
        }
        if (inside === 'tag') {
          if (byte === 60) tag = '';
          else if (
            byte === 62 ||
            byte === 32 ||
            byte === lf ||
            byte === cr ||
            byte === 9 ||
            tag.length > 24
          ) {
            inside = 'text';
            if (/^\/(\w+:)?(item|entry)$/i.test(tag)) {
              if (byte === 62) return at + 1;
              inside = 'end';
            }
          } else {
            tag += String.fromCharCode(byte);
            if (tag === openComment) [inside, closing] = ['comment', 0];
            else if (tag === openData) [inside, closing] = ['data', 0];
          }
          continue;
        }
        const mark = inside === 'comment' ? 45 : 93;
        if (byte === mark) closing = Math.min(2, closing + 1);
        else if (byte === 62 && closing === 2) inside = 'text';
        else closing = 0;
      }
      return -1;
    },
  };
}

const scanners = { lines: lineScanner, json: jsonScanner, events: eventScanner, items: itemScanner } as const;
/** The scanner of a framing. */
export const scannerOf = (framing: Framing): Scanner =>
  framing.kind === 'rows' ? rowScanner(framing.delimiter.charCodeAt(0)) : scanners[framing.kind]();
