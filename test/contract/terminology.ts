import type { Terminology } from '../../services/terminology/terminology.ts';
import { expect, it } from 'vitest';

/** What every terminology promises, whatever it was loaded from. */
export function terminologyContract(load: () => Promise<Terminology>): void {
  it('has unique ids, and finds each concept by its id', async () => {
    const terminology = await load();
    expect(terminology.concepts.length).toBeGreaterThan(0);
    for (const concept of terminology.concepts) expect(terminology.lookup(concept.id)).toBe(concept);
    expect(terminology.lookup('no such id')).toBeUndefined();
  });

  it('gives every concept a term and an organ class', async () => {
    const { concepts } = await load();
    for (const { term, classId, className } of concepts) {
      expect([term, classId, className].every((text) => text.trim() === text && text !== '')).toBe(true);
    }
  });

  it('lists each preferred term and synonym once per concept, preferred term first', async () => {
    const terminology = await load();
    const names = terminology.names();
    const keys = names.map(({ name, concept }) => `${concept} ${name.toLowerCase()}`);
    expect(new Set(keys).size).toBe(keys.length);
    terminology.concepts.forEach(({ term, synonyms }, index) => {
      const own = names.filter(({ concept }) => concept === index).map(({ name }) => name);
      expect(own[0]).toBe(term);
      for (const synonym of synonyms) {
        expect(own.some((name) => name.toLowerCase() === synonym.toLowerCase())).toBe(true);
      }
    });
  });

  it('has a version that a second loading repeats', async () => {
    const [first, second] = await Promise.all([load(), load()]);
    expect(first.version).toMatch(/^[0-9a-f]{16}$/);
    expect(second.version).toBe(first.version);
  });
}
