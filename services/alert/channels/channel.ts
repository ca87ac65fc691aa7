import type { FailureReason, Severity } from '../../../schemas/alerting.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Resolve } from '../safe-fetch.ts';

/** A post to look at; `text` only where the rule allows it. */
export type Example = { readonly id: string; readonly link: string; readonly text?: string };

/** One alert as it is sent; every channel says the same in its own form. Times are ms since 1970. */
export type Message = {
  readonly id: string;
  readonly rule: string;
  readonly kind: string;
  readonly severity: Severity;
  readonly title: string;
  readonly summary: string;
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly product: { readonly id: string; readonly name: string } | null;
  readonly term: { readonly id: string; readonly name: string; readonly class: string } | null;
  readonly source: string | null;
  /** Distinct authors, and distinct posts. */
  readonly people: number;
  readonly posts: number;
  readonly statistic: string;
  readonly value: number;
  /** Page of the console. */
  readonly link: string;
  readonly examples: readonly Example[];
};

/** What became of one attempt. `gone` says that the receiver wants nothing any more. */
export type Attempt =
  | { readonly outcome: 'delivered'; readonly status: number }
  | {
      readonly outcome: 'failed';
      readonly reason: FailureReason;
      readonly status: number;
      /** The receiver asks to be left alone for so long. */
      readonly retryAfterMs?: number;
    }
  | { readonly outcome: 'gone'; readonly status: number };

/**
 * Where messages go. `send` makes one attempt and never throws: whatever happens is an outcome. It ends within
 * the channel's time-out, or at once with the signal. The id of the message reaches the receiver unchanged in
 * every attempt, so that it can tell a repetition. No outcome carries a word of a message or of an answer.
 */
export interface Channel {
  readonly name: string;
  readonly driver: string;
  /** Hash of the address and of what identifies the receiver there; another one is another receiver. */
  readonly target: string;
  /** Shortest time between two messages, ms. */
  readonly spacingMs: number;
  send(message: Message, signal: AbortSignal): Promise<Attempt>;
}

export type ChannelDeps = {
  readonly clock: Clock;
  /** Addresses of a host name; the system's resolver unless a test brings another. */
  readonly resolve: Resolve;
};

/** One line for people: the title, what was counted, where to look. */
export const plainText = ({ title, summary, link }: Message): string => `${title}\n${summary}\n${link}`;
