import { Problem } from '../problem.ts';

/**
 * Places for work that holds much or lasts long, in all and for each person.
 * @returns a function that takes a place, and gives it back when the function that it returns is called.
 * @throws Problem 429 with Retry-After when none is free.
 */
export function createSlots(what: string, inAll: number, forEach: number): (person: string) => () => void {
  const taken = new Map<string, number>();
  let total = 0;
  return function take(person) {
    const own = taken.get(person) ?? 0;
    if (total >= inAll || own >= forEach) {
      throw new Problem(
        429,
        `Too many ${what} at once`,
        { detail: 'Close one, or wait for it.' },
        { 'Retry-After': '10' },
      );
    }
    total += 1;
    taken.set(person, own + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      total -= 1;
      const left = (taken.get(person) ?? 1) - 1;
      if (left === 0) taken.delete(person);
      else taken.set(person, left);
    };
  };
}
