import { onKeys } from './keys.ts';

/** Keys of a post's page: the original, and back to the list. */

function back(): void {
  const [page] = document.referrer.split('?');
  if (page === `${location.origin}/posts`) history.back();
  else document.querySelector<HTMLAnchorElement>('.crumbs a')?.click();
}

onKeys({ o: () => document.querySelector<HTMLAnchorElement>('[data-original]')?.click(), u: back });
