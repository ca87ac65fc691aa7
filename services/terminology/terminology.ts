import { sha256Hex } from '../shared/ids.ts';

/** One level of grouping above a concept, widest first (MedDRA: HLGT, then HLT). */
export type ConceptGroup = { readonly level: string; readonly id: string; readonly name: string };

/** One reaction: what a mention is normalised to. */
export type Concept = {
  readonly id: string;
  readonly term: string;
  readonly classId: string;
  /** Organ class; every concept has exactly one (MedDRA: the primary SOC). */
  readonly className: string;
  readonly groups: readonly ConceptGroup[];
  readonly synonyms: readonly string[];
};

/** One way to say a concept; `concept` is an index into `concepts`. */
export type TermName = { readonly name: string; readonly concept: number };

/**
 * A list of reactions with their names, wherever it comes from. Immutable after loading.
 * `version` is a hash over everything that a lookup can return, so that two rows with the same version
 * were made from the same list whatever its file was called.
 */
export type Terminology = {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly concepts: readonly Concept[];
  lookup(id: string): Concept | undefined;
  /** Preferred terms and synonyms, each once per concept, in a fixed order. */
  names(): readonly TermName[];
};

/** Puts concepts behind the port: names without repetitions, index by id, content hash. */
export function createTerminology(options: {
  name: string;
  licence: string;
  concepts: readonly Concept[];
}): Terminology {
  const { name, licence, concepts } = options;
  const byId = new Map(concepts.map((concept) => [concept.id, concept]));
  const names: TermName[] = [];
  concepts.forEach((concept, index) => {
    const seen = new Set<string>();
    for (const label of [concept.term, ...concept.synonyms]) {
      const key = label.toLowerCase();
      if (seen.has(key)) continue;
      seen.add(key);
      names.push({ name: label, concept: index });
    }
  });
  const version = sha256Hex(JSON.stringify(concepts), 16);
  return { name, version, licence, concepts, lookup: (id) => byId.get(id), names: () => names };
}
