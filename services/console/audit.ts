import type { AuditAction } from '../../schemas/audit.ts';
import type { Clock } from '../shared/clock.ts';
import { randomId } from '../shared/ids.ts';
import type { Database, Row } from '../store/database.ts';
import type { Person } from './env.ts';

/** Who acts: a person, or somebody who is not known yet. */
export type Actor = Pick<Person, 'name'> & { readonly role: string; readonly via: string };

export type Audit = {
  /**
   * Writes down what somebody does; resolves when it is durable, so that nothing is shown or changed of which
   * there is no trace. `detail` never holds the text of a post.
   */
  record(
    actor: Actor,
    action: AuditAction,
    object: string,
    detail?: Readonly<Record<string, unknown>>,
  ): Promise<void>;
};

const mostInOneInsert = 1000;

/** The audit trail. Entries that come while an insert is under way go in together with the next one. */
export function createAudit(deps: { readonly database: Database; readonly clock: Clock }): Audit {
  const { database, clock } = deps;
  let waiting: { row: Row; done: () => void; failed: (error: unknown) => void }[] = [];
  let writing = false;
  /** Of two entries of the same millisecond the later one has the greater id. */
  let written = 0;

  async function write(): Promise<void> {
    if (writing) return;
    writing = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, mostInOneInsert);
      waiting = waiting.slice(mostInOneInsert);
      try {
        await database.insert(
          'vigilstream.audit',
          batch.map(({ row }) => row),
          { token: `audit-${randomId()}` },
        );
        for (const { done } of batch) done();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    writing = false;
  }

  return {
    record(actor, action, object, detail = {}) {
      const row = {
        at: clock.now(),
        id: `${(written++).toString(36).padStart(8, '0')}-${randomId()}`,
        person: actor.name,
        role: actor.role,
        via: actor.via,
        action,
        object: object.slice(0, 300),
        detail: JSON.stringify(detail).slice(0, 20_000),
      };
      return new Promise((done, failed) => {
        waiting.push({ row, done, failed });
        void write();
      });
    },
  };
}
