import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { AppContext } from './env.ts';
import { isoDay, linkTo, presets, rangeOf } from './range.ts';

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** The pages of the left navigation: id, path, name, letter after `g`. */
export const navigation = [
  ['today', '/', 'Today', 't'],
  ['products', '/products', 'Products', 'p'],
  ['reactions', '/reactions', 'Reactions', 'r'],
  ['medicines', '/medicines', 'Medicines', 'd'],
  ['vaccines', '/vaccines', 'Vaccines', 'v'],
  ['signals', '/signals', 'Signals', 's'],
  ['posts', '/posts', 'Posts', 'o'],
  ['sources', '/sources', 'Sources', 'u'],
  ['models', '/models', 'Models', 'm'],
  ['alerts', '/alerts', 'Alerts', 'a'],
  ['settings', '/settings', 'Settings', 'e'],
] as const;
export type NavId = (typeof navigation)[number][0];

export type PageOptions = {
  readonly title: string;
  /** The entry of the navigation that this page belongs to. */
  readonly active: NavId;
  readonly body: Html;
  /** One sentence under the title. */
  readonly lead?: Html | string;
  /** What stands beside the title: buttons, links, a badge. */
  readonly actions?: Html;
  /** Where the page lies, from the top: path and name of each step above it. */
  readonly crumbs?: readonly (readonly [path: string, name: string])[];
  /** Modules of browser/ without their ending. */
  readonly scripts?: readonly string[];
  /** Style sheets of static/ without their ending. */
  readonly styles?: readonly string[];
  /** Keys of this page for the sheet: key, what it does. */
  readonly keys?: readonly (readonly [key: string, what: string])[];
};

/** An icon of static/icons.svg; decoration only, so it has no name. */
export function icon(name: string): Html {
  return html`<svg class="icon" aria-hidden="true" focusable="false">
    <use href="/assets/icons.svg#${name}" />
  </svg>`;
}

function head(title: string, styles: readonly string[], scripts: readonly string[]): Html {
  return html`<head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${title} · vigilstream</title>
    <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
    ${['base', 'shell', 'parts', ...styles].map(
      (name) => html`<link rel="stylesheet" href="/assets/${name}.css" />`,
    )}
    <script src="/assets/theme.js"></script>
    ${['shell', ...scripts].map((name) => html`<script type="module" src="/assets/${name}.js"></script>`)}
  </head>`;
}

function navigationList(c: AppContext, active: NavId): Html {
  return html`<nav class="rail" aria-label="Pages">
    <ul>
      ${navigation.map(
        ([id, path, name, key]) =>
          html`<li>
            <a
              href="${linkTo(c, path)}"
              data-key="${key}"
              title="${name} (g ${key})"
              ${id === active ? raw('aria-current="page"') : ''}
              >${icon(id)}<span>${name}</span></a
            >
          </li>`,
      )}
    </ul>
  </nav>`;
}

/** Parameters that a change of the time range keeps: all but the range itself and the place in a list. */
function keptParameters(c: AppContext): Html[] {
  const dropped = new Set(['range', 'from', 'to', 'cursor']);
  return Object.entries(c.req.queries()).flatMap(([name, values]) =>
    dropped.has(name)
      ? []
      : values.map((value) => html`<input type="hidden" name="${name}" value="${value}" />`),
  );
}

function rangeForm(c: AppContext): Html {
  const range = rangeOf((name) => c.req.query(name), Date.now());
  const custom = range.key === 'custom';
  return html`<form class="range" method="get" action="${c.req.path}" id="range-form">
    ${keptParameters(c)}
    <label class="visually-hidden" for="range">Time range</label>
    <select id="range" name="range">
      ${presets.map(
        ([key, , label]) =>
          html`<option value="${key}" ${key === range.key ? raw('selected') : ''}>${label}</option>`,
      )}
      <option value="custom" ${custom ? raw('selected') : ''}>From – to</option>
    </select>
    <span class="days" id="range-days" ${custom ? '' : raw('hidden')}>
      <label class="visually-hidden" for="range-from">First day (UTC)</label>
      <input
        id="range-from"
        type="date"
        name="from"
        value="${custom ? isoDay(range.from) : ''}"
        ${custom ? '' : raw('disabled')}
      />
      <label class="visually-hidden" for="range-to">Last day (UTC)</label>
      <input
        id="range-to"
        type="date"
        name="to"
        value="${custom ? isoDay(range.to - 1) : ''}"
        ${custom ? '' : raw('disabled')}
      />
      <button type="submit">Show</button>
    </span>
    <noscript><button type="submit">Show</button></noscript>
  </form>`;
}

function header(c: AppContext): Html {
  const person = c.get('person');
  const { demo } = c.get('shell');
  return html`<header class="top">
    <a class="brand" href="${linkTo(c, '/')}"
      ><img src="/assets/icon.svg" alt="" width="22" height="22" /><span>vigilstream</span></a
    >
    ${demo ? html`<span class="badge" title="Invented posts from the built-in generator">demo data</span>` : ''}
    <form class="search" method="get" action="/posts" role="search">
      <label class="visually-hidden" for="search">Search posts</label>
      ${icon('search')}
      <input
        id="search"
        type="search"
        name="q"
        placeholder="Search posts"
        value="${c.req.path === '/posts' ? (c.req.query('q') ?? '') : ''}"
        autocomplete="off"
        maxlength="200"
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
    ${rangeForm(c)}
    <div class="who">
      <button type="button" class="plain" id="theme" title="Light, dark, or as the system has it">
        ${icon('theme')}<span class="visually-hidden">Colours: </span><span id="theme-name">System</span>
      </button>
      <button type="button" class="plain" id="help-open" aria-label="Keys" title="Keys (?)">
        <kbd>?</kbd>
      </button>
      <span class="person" title="${person.role}">${person.name}<small>${person.role}</small></span>
      ${
        person.via === 'session'
          ? html`<form method="post" action="/logout"><button type="submit">Sign out</button></form>`
          : ''
      }
    </div>
  </header>`;
}

const commonKeys = [
  ['/', 'search posts'],
  ['j  k', 'next and previous row'],
  ['Enter', 'open the row'],
  ['?', 'this sheet'],
  ['Esc', 'close'],
] as const;

function keySheet(keys: readonly (readonly [string, string])[]): Html {
  const row = ([key, what]: readonly [string, string]): Html =>
    html`<div>
      <dt>${key.split(/\s+/).map((part) => html`<kbd>${part}</kbd> `)}</dt>
      <dd>${what}</dd>
    </div>`;
  return html`<dialog id="help" aria-labelledby="help-title">
    <h2 id="help-title">Keys</h2>
    <div class="sheet">
      <dl>${[...keys, ...commonKeys].map(row)}</dl>
      <dl>${navigation.map(([, , name, key]) => row([`g ${key}`, name]))}</dl>
    </div>
    <form method="dialog"><button>Close</button></form>
  </dialog>`;
}

/** One page in the frame of the console: navigation, header, title, body, sheet of keys. */
export function page(c: AppContext, options: PageOptions): Response | Promise<Response> {
  const { title, active, body, lead, actions, crumbs = [], scripts = [], styles = [], keys = [] } = options;
  return c.html(
    html`${raw('<!doctype html>')}
      <html lang="en">
        ${head(title, styles, scripts)}
        <body>
          <a class="skip" href="#main">Skip to the content</a>
          ${header(c)} ${navigationList(c, active)}
          <main id="main" tabindex="-1">
            <div class="title">
              <div>
                ${
                  crumbs.length > 0
                    ? html`<p class="crumbs">
                        ${crumbs.map(([path, name]) => html`<a href="${linkTo(c, path)}">${name}</a> / `)}
                      </p>`
                    : ''
                }
                <h1>${title}</h1>
                ${lead === undefined ? '' : html`<p class="lead">${lead}</p>`}
              </div>
              ${actions === undefined ? '' : html`<div class="actions">${actions}</div>`}
            </div>
            ${body}
          </main>
          <footer>
            <p>
              Times are in your zone; point at one for UTC. Days are those of UTC. Counts say whether they are
              of people or of posts.
              <a href="/api">API</a> · <a href="/metrics">metrics</a> · ${c.get('shell').version}
            </p>
          </footer>
          ${keySheet(keys)}
        </body>
      </html>`,
  );
}

/** What a list shows when it has nothing: what it would hold, and what to do. */
export function emptyState(title: string, what: Html | string): Html {
  return html`<div class="empty-state">
    <p><b>${title}</b></p>
    <p>${what}</p>
  </div>`;
}
