import type { Context } from 'hono';
import type { AuditAction } from '../../schemas/audit.ts';

/** What a person may do, weakest first: each role may also do what the ones before it may. */
export const roles = ['reader', 'analyst', 'admin'] as const;
export type Role = (typeof roles)[number];

export type Person = {
  readonly name: string;
  readonly role: Role;
  /** How the person was recognised; only sessions can be signed out of. */
  readonly via: 'local' | 'anonymous' | 'session' | 'proxy' | 'token';
};

/** What every request carries once it has passed the door: `c.get('person')`. */
export type Env = {
  Variables: {
    person: Person;
    /** Whether that person would still be let in; asked before each part of an answer that lasts. */
    mayStay: () => boolean;
    /** Network address of the client, behind a trusted proxy the one that the proxy names. */
    address: string;
    /** What the frame of every page shows. */
    shell: ShellFacts;
    /** Writes down what this person does; await it before anything is shown or changed. */
    audit: (action: AuditAction, object: string, detail?: Readonly<Record<string, unknown>>) => Promise<void>;
  };
};

export type ShellFacts = { readonly demo: boolean; readonly version: string };

export type AppContext = Context<Env>;

/** Whether a role includes another one. */
export function includesRole(has: Role, needed: Role): boolean {
  return roles.indexOf(has) >= roles.indexOf(needed);
}
