/** Keys of one page, beside those of `shell.ts`; they rest while somebody types or reads the sheet of keys. */
export function onKeys(actions: Readonly<Record<string, () => void>>): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target instanceof HTMLElement && event.target.matches('input, textarea, select')) return;
    if (!document.querySelector('dialog[open]')) actions[event.key]?.();
  });
}
