import type { Terminology } from './terminology.ts';
import type { TerminologyConfig, TerminologyDriver } from './config.ts';
import { csvTerminology } from './loaders/csv.ts';
import { medasciiTerminology } from './loaders/medascii.ts';
import { openTerminology } from './loaders/open.ts';

/** Loaders by the name of `terminology.driver`; each takes `terminology.path`. */
export const terminologies: Record<TerminologyDriver, (path: string) => Promise<Terminology>> = {
  open: () => openTerminology(),
  medascii: medasciiTerminology,
  csv: csvTerminology,
};

/** The configured terminology, loaded. @throws VigilError that says which file and line is wrong. */
export function loadTerminology(config: Pick<TerminologyConfig, 'driver' | 'path'>): Promise<Terminology> {
  return terminologies[config.driver](config.path ?? '');
}
