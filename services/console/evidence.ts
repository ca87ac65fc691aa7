import { evidenceSchema, type Evidence } from '../../schemas/signal.ts';

/** Evidence as it was written down; null where a step has none. */
export function evidenceOf(text: string): Evidence | null {
  if (text === '') return null;
  const parsed = evidenceSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : null;
}
