/** What a post says about a product: how its author means it. */
export type Role =
  | 'effect'
  | 'withdrawal'
  | 'negated'
  | 'indication'
  | 'plain-use'
  | 'question'
  | 'fear'
  | 'joke'
  | 'news'
  | 'advert'
  | 'lack-of-effect'
  | 'other-sense'
  | 'general'
  | 'stance'
  | 'mention';

export type Topic = 'chatter' | 'figurative' | 'health';

/** An unwanted effect that a post says somebody really had. */
export type Effect = { readonly term: string; readonly phrase: string | undefined };

/** A text and what is true of it, before any platform has it. */
export type Draft = {
  readonly text: string;
  readonly title: string | undefined;
  readonly lang: string;
  readonly topic: Topic;
  readonly role: Role | undefined;
  readonly person: 'self' | 'other' | 'none';
  /** The product's own name, whatever the post calls it. */
  readonly product: string | undefined;
  readonly vaccine: boolean;
  /** The name that stands in the text. */
  readonly written: string | undefined;
  readonly effects: readonly Effect[];
  readonly stance: 'for' | 'against' | 'neutral' | undefined;
  /** Handles, addresses and telephone numbers in the text; none may survive masking. */
  readonly secrets: readonly string[];
};

export const plainDraft = (text: string, lang: string, secrets: readonly string[] = []): Draft => ({
  text,
  title: undefined,
  lang,
  topic: 'chatter',
  role: undefined,
  person: 'none',
  product: undefined,
  vaccine: false,
  written: undefined,
  effects: [],
  stance: undefined,
  secrets,
});
