import { onKeys } from './keys.ts';

/** Comforts of the list of posts: names to choose from, answers that fit the question, keys. */

type Ranked = { readonly items: readonly { readonly name: string }[] };

/** Fills the list of a field with names that occur, when somebody goes there. */
function suggest(field: string, listId: string, path: string): void {
  const input = document.querySelector<HTMLInputElement>(`#filter input[name="${field}"]`);
  const list = document.getElementById(listId);
  if (!input || !list) return;
  const load = async (): Promise<void> => {
    const answer = await fetch(path);
    if (!answer.ok) return;
    const { items } = (await answer.json()) as Ranked;
    list.replaceChildren(
      ...items.map(({ name }) => {
        const option = document.createElement('option');
        option.value = name;
        return option;
      }),
    );
  };
  // Names are a help: without them the field still takes any name.
  input.addEventListener('focus', () => void load().catch(() => undefined), { once: true });
}

function fitAnswers(): void {
  const task = document.querySelector<HTMLSelectElement>('#filter select[name="task"]');
  const label = document.querySelector<HTMLSelectElement>('#filter select[name="label"]');
  if (!task || !label) return;
  const fit = (): void => {
    label.disabled = task.value === '';
    for (const option of label.options) {
      const of = option.dataset['tasks'];
      option.hidden = of !== undefined && !of.split(' ').includes(task.value);
      if (option.hidden && option.selected) label.value = '';
    }
  };
  task.addEventListener('change', fit);
  fit();
}

/** Conditions that are empty or as they always are do not belong into the address. */
function shortAddress(): void {
  const form = document.querySelector<HTMLFormElement>('#filter');
  form?.addEventListener('formdata', ({ formData }) => {
    const usual: Record<string, string> = { minP: '0', maxP: '1', duplicates: 'with' };
    for (const [name, value] of Array.from(formData)) {
      if (value === '' || usual[name] === value) formData.delete(name);
    }
  });
}

suggest('product', 'product-names', '/api/v1/products?limit=1000');
suggest('concept', 'reaction-names', '/api/v1/reactions?limit=2000');
fitAnswers();
shortAddress();
onKeys({ n: () => document.querySelector<HTMLAnchorElement>('a[rel="next"]')?.click() });
