import type { TermCandidate } from '../../schemas/analysis.ts';
import type { TerminologyConfig } from './config.ts';
import type { Scored } from './lexical-index.ts';
import type { Terminology } from './terminology.ts';
import { confidenceOf } from './confidence.ts';
import { considered, depth, fuse } from './fuse.ts';
import { createLexicalIndex } from './lexical-index.ts';
import { createLru } from './lru.ts';
import { createVectorIndex, type VectorIndexDeps } from './vector-index.ts';

/** What was said, and its vector in its context where the model gives one. */
export type Mention = { readonly text: string; readonly vector?: Float32Array | undefined };

/** `score` is the confidence in this term; ranks are from 1 and say which search found it. */
export type Candidate = TermCandidate & { readonly lexicalRank?: number; readonly vectorRank?: number };

/**
 * `term`: the first candidate can be taken. `class`: only its organ class can; the candidates of that class
 * come first. `none`: not even that; candidates, if there are any, are guesses for a person to look at.
 */
export type TermMatch = { readonly level: 'term' | 'class' | 'none'; readonly terms: Candidate[] };

export type TermIndex = {
  readonly terminology: Terminology;
  /** What decides, besides the terminology, what a match says. */
  readonly settings: Pick<TerminologyConfig, 'confidence' | 'candidates'>;
  /** Whether mentions are also compared by their vectors. */
  readonly hasVectors: boolean;
  /** One match for each mention, in their order. The same mention and vector always give the same match. */
  normalise(mentions: readonly Mention[]): TermMatch[];
};

/** A class is given when its candidates hold this share of all confidence ... */
const classShare = 0.5;
/** ... and the best of them has this share of the confidence that a term needs. */
const classFloor = 0.4;

/** The class that most of the confidence of the candidates points to, with its share. */
function leadingClass(terms: readonly Candidate[]): { classId: string; share: number; best: number } {
  const votes = new Map<string, number>();
  let total = 0;
  for (const { classId, score } of terms) {
    votes.set(classId, (votes.get(classId) ?? 0) + score);
    total += score;
  }
  const [classId, vote] = [...votes].sort((a, b) => b[1] - a[1])[0] ?? ['', 0];
  const best = Math.max(0, ...terms.filter((term) => term.classId === classId).map(({ score }) => score));
  return { classId, share: total > 0 ? vote / total : 0, best };
}

/** Decides how far the candidates can be trusted. */
function decide(terms: Candidate[], config: TermIndex['settings']): TermMatch {
  const first = terms[0];
  if (first && first.score >= config.confidence) {
    return { level: 'term', terms: terms.slice(0, config.candidates) };
  }
  const { classId, share, best } = leadingClass(terms);
  const known = first !== undefined && share >= classShare && best >= classFloor * config.confidence;
  if (!known) return { level: 'none', terms: terms.slice(0, config.candidates) };
  const ofClass = terms.filter((term) => term.classId === classId);
  const others = terms.filter((term) => term.classId !== classId);
  return { level: 'class', terms: [...ofClass, ...others].slice(0, config.candidates) };
}

/**
 * Retrieval of concepts for mentions: by words with forgiveness of spelling, by vectors where an embedder is
 * given, fused by reciprocal rank, best confidence first; a mention that is exactly a name has it in any case.
 * Repeated mentions are looked up once by words; by vectors each time, since their vectors depend on context.
 */
export async function createTermIndex(
  terminology: Terminology,
  { confidence, candidates }: TermIndex['settings'],
  deps: Omit<VectorIndexDeps, 'embedder'> & Partial<Pick<VectorIndexDeps, 'embedder'>>,
): Promise<TermIndex> {
  const settings = { confidence, candidates };
  const { concepts } = terminology;
  const names = terminology.names();
  const words = createLexicalIndex(names, concepts.length);
  const { embedder } = deps;
  const vectors = embedder && (await createVectorIndex(names, { ...deps, embedder }));
  const byWords = createLru<string, Scored[]>(20_000);
  const most = Math.max(considered, candidates);

  const match = ({ text, vector }: Mention): TermMatch => {
    const lexical = byWords.get(text, () => words.search(text, depth));
    const near = vectors && vector ? vectors.search(vector, depth) : [];
    // A vector without direction (a text without pieces) finds nothing and says nothing.
    const hasVector = near.length > 0;
    const terms: Candidate[] = [];
    for (const [at, found] of fuse(lexical, near).slice(0, most)) {
      const concept = concepts[at];
      if (!concept) continue;
      const { id, term, classId, className } = concept;
      const { lexicalRank, vectorRank } = found;
      terms.push({
        id,
        term,
        classId,
        className,
        score: confidenceOf(found.lexical?.score ?? 0, hasVector ? (found.vector?.score ?? 0) : undefined),
        ...(lexicalRank !== undefined && { lexicalRank }),
        ...(vectorRank !== undefined && { vectorRank }),
      });
    }
    // Fusion chooses, confidence orders: it knows how far apart two ranks are. The sort keeps fused order in ties.
    terms.sort((a, b) => b.score - a.score);
    return decide(terms, settings);
  };
  return {
    terminology,
    settings,
    hasVectors: vectors !== undefined,
    normalise: (mentions) => mentions.map(match),
  };
}

/** The candidate as it stands in an analysis, without its ranks. */
export function termCandidateOf({ id, term, classId, className, score }: Candidate): TermCandidate {
  return { id, term, classId, className, score };
}
