/** What every page does: keys, the sheet of keys, colours, the time range. */

const order = ['system', 'light', 'dark'] as const;
type Theme = (typeof order)[number];
const storageKey = 'vigilstream-theme';

function currentTheme(): Theme {
  const stored = localStorage.getItem(storageKey);
  return order.find((name) => name === stored) ?? 'system';
}

function showTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  const name = document.getElementById('theme-name');
  if (name) name.textContent = theme === 'system' ? 'System' : theme === 'light' ? 'Light' : 'Dark';
  document.dispatchEvent(new CustomEvent('themechange'));
}

function nextTheme(): void {
  const next = order[(order.indexOf(currentTheme()) + 1) % order.length] ?? 'system';
  localStorage.setItem(storageKey, next);
  showTheme(next);
}

function dialog(): HTMLDialogElement | null {
  return document.querySelector<HTMLDialogElement>('#help');
}

/** Rows that the keys walk over, in the order of the page. */
function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('[data-row]')].filter((row) => row.offsetParent !== null);
}

function walk(step: number): void {
  const all = rows();
  const at = all.findIndex((row) => row === document.activeElement || row.contains(document.activeElement));
  const next =
    all[at === -1 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step))];
  if (!next) return;
  if (next.tabIndex < 0) next.tabIndex = -1;
  next.focus();
  next.scrollIntoView({ block: 'nearest' });
}

function open(row: Element | null): void {
  row?.closest('[data-row]')?.querySelector<HTMLElement>('a[href], summary')?.click();
}

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName));

/** When `g` was pressed; its letter has to follow soon. */
let goAt = Number.NEGATIVE_INFINITY;

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === 'Escape' && typing(event.target)) {
    (event.target as HTMLElement).blur();
    return;
  }
  if (typing(event.target) || dialog()?.open) return;
  if (performance.now() - goAt < 1500) {
    goAt = Number.NEGATIVE_INFINITY;
    const link = document.querySelector<HTMLAnchorElement>(`.rail a[data-key="${CSS.escape(event.key)}"]`);
    if (link) {
      event.preventDefault();
      link.click();
    }
    return;
  }
  const actions: Record<string, () => void> = {
    '?': () => dialog()?.showModal(),
    '/': () => document.querySelector<HTMLInputElement>('#search')?.select(),
    g: () => (goAt = performance.now()),
    j: () => walk(1),
    k: () => walk(-1),
  };
  const action = actions[event.key];
  if (action) {
    event.preventDefault();
    action();
  } else if (event.key === 'Enter' && document.activeElement?.matches('[data-row]'))
    open(document.activeElement);
}

function setUpRange(): void {
  const form = document.querySelector<HTMLFormElement>('#range-form');
  const select = document.querySelector<HTMLSelectElement>('#range');
  const days = document.querySelector<HTMLElement>('#range-days');
  if (!form || !select || !days) return;
  select.addEventListener('change', () => {
    const custom = select.value === 'custom';
    days.hidden = !custom;
    for (const input of days.querySelectorAll('input')) {
      input.disabled = !custom;
      input.required = custom;
    }
    if (custom) days.querySelector('input')?.focus();
    else form.requestSubmit();
  });
}

/**
 * Moments as the reader's zone has them; the server writes `<time datetime>` with UTC in it. A day is one of UTC, by
 * which all counts go: in the reader's zone it would be called by another date.
 */
function showLocalTimes(root: ParentNode): void {
  for (const time of root.querySelectorAll<HTMLTimeElement>('time[datetime]')) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const utc = at.toISOString();
    if (time.dataset['show'] === 'day') {
      time.title = `${utc.slice(0, 10)}, a day in UTC`;
      time.textContent = at.toLocaleDateString(undefined, { dateStyle: 'medium', timeZone: 'UTC' });
    } else {
      time.title = `${utc.slice(0, 19).replace('T', ' ')} UTC`;
      time.textContent = at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
    }
  }
}

showTheme(currentTheme());
document.getElementById('theme')?.addEventListener('click', nextTheme);
document.getElementById('help-open')?.addEventListener('click', () => dialog()?.showModal());
document.addEventListener('keydown', onKey);
setUpRange();
showLocalTimes(document);
