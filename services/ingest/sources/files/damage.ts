import type { DeadLetterReason } from '../../../../schemas/flow.ts';

/** Something about the bytes of a file that ends the reading of it (or of one file inside it). */
export class Damage extends Error {
  readonly reason: DeadLetterReason;
  readonly detail: string;

  constructor(reason: DeadLetterReason, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = 'Damage';
    this.reason = reason;
    this.detail = detail;
  }
}
