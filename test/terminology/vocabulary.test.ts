import { describe, expect, it } from 'vitest';
import { readClasses, openTerminology } from '../../services/terminology/loaders/open.ts';
import { nameTokens } from '../../services/terminology/fold.ts';
import { terminologyContract } from '../contract/terminology.ts';

describe('the open vocabulary', () => {
  terminologyContract(openTerminology);

  it('is large enough and spoken', async () => {
    const { concepts } = await openTerminology();
    expect(concepts.length).toBeGreaterThanOrEqual(600);
    expect(concepts.reduce((sum, { synonyms }) => sum + synonyms.length, 0)).toBeGreaterThan(3500);
    expect(concepts.filter(({ synonyms }) => synonyms.length < 3).map(({ term }) => term)).toEqual([]);
  });

  it('has ids of its own that run without gaps', async () => {
    const { concepts } = await openTerminology();
    expect(concepts.map(({ id }) => id)).toEqual(
      concepts.map((_, index) => `VS${String(index + 1).padStart(4, '0')}`),
    );
  });

  it('uses every class, and only classes that exist', async () => {
    const { concepts } = await openTerminology();
    const classes = await readClasses();
    expect(new Set(classes.values()).size).toBe(classes.size);
    expect([...new Set(concepts.map(({ classId }) => classId))].sort()).toEqual([...classes.keys()].sort());
  });

  it('shares no name between two concepts, small words and word forms aside', async () => {
    const terminology = await openTerminology();
    const owners = new Map<string, Set<string>>();
    for (const { name, concept } of terminology.names()) {
      const key = nameTokens(name).join(' ');
      expect(key, name).not.toBe('');
      const term = terminology.concepts[concept]?.term ?? '';
      owners.set(key, (owners.get(key) ?? new Set()).add(term));
    }
    const shared = [...owners.values()].filter((terms) => terms.size > 1);
    expect(shared.map((terms) => [...terms].sort().join(' / '))).toEqual([]);
  });
});
