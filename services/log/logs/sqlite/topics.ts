import type { DatabaseSync } from 'node:sqlite';
import type { TopicName } from '../../../../schemas/topics.ts';
import { VigilError } from '../../../shared/errors.ts';
import { noTopic } from '../../faults.ts';
import type { ResolvedTopic } from '../../limits.ts';

export type Part = {
  /** Number of the partition in the file; its frames have ids from `id * stride` on. */
  readonly id: number;
  readonly topic: TopicName;
  readonly partition: number;
  readonly retentionMs: number | null;
};

/** Offsets of one partition, a safe integer together with 2,047 partitions. */
export const stride = 2 ** 42;
const mostParts = 2047;

export type Topics = {
  /** Writes; call it inside a transaction. */
  create(specs: readonly ResolvedTopic[]): void;
  find(topic: TopicName): readonly Part[] | undefined;
  /** @throws VigilError `LOG_NO_TOPIC` */
  parts(topic: TopicName): readonly Part[];
  /** @throws VigilError `LOG_NO_TOPIC` */
  part(topic: TopicName, partition: number): Part;
  byId(id: number): Part | undefined;
  all(): Part[];
};

/** The topics of the file, remembered; another process may add some at any time. */
export function createTopicsTable(db: DatabaseSync): Topics {
  let known = new Map<TopicName, Part[]>();
  let ids = new Map<number, Part>();
  const select = db.prepare(
    'SELECT parts.id, name, part, retention_ms FROM parts JOIN topics ON topics.id = topic_id ORDER BY topics.id, part',
  );
  const addTopic = db.prepare(
    'INSERT INTO topics (name, retention_ms) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET retention_ms = excluded.retention_ms RETURNING id',
  );
  const addPart = db.prepare('INSERT INTO parts (topic_id, part) VALUES (?, ?)');

  function load(): void {
    known = new Map();
    ids = new Map();
    for (const row of select.all()) {
      const part: Part = {
        id: Number(row['id']),
        topic: String(row['name']) as TopicName,
        partition: Number(row['part']),
        retentionMs: row['retention_ms'] === null ? null : Number(row['retention_ms']),
      };
      const ofTopic = known.get(part.topic);
      if (ofTopic) ofTopic.push(part);
      else known.set(part.topic, [part]);
      ids.set(part.id, part);
    }
  }

  function find(topic: TopicName): readonly Part[] | undefined {
    if (!known.has(topic)) load();
    return known.get(topic);
  }

  function parts(topic: TopicName): readonly Part[] {
    const found = find(topic);
    if (!found) throw noTopic(topic);
    return found;
  }

  return {
    create(specs) {
      load();
      for (const { name, partitions, retentionMs } of specs) {
        const row = addTopic.get(name, retentionMs === null ? null : Math.round(retentionMs));
        if (known.has(name)) continue;
        for (let part = 0; part < partitions; part++) {
          const { lastInsertRowid } = addPart.run(Number(row?.['id']), part);
          if (Number(lastInsertRowid) > mostParts) {
            throw new VigilError(
              'LOG_TOO_MANY_PARTITIONS',
              `a log file holds at most ${mostParts} partitions; lower log.partitions or use log.driver kafka`,
            );
          }
        }
      }
      // What was read inside the transaction may still be undone.
      known = new Map();
    },
    find,
    parts,
    part(topic, partition) {
      const found = parts(topic)[partition];
      if (!found) throw noTopic(`${topic}, partition ${partition}`);
      return found;
    },
    byId(id) {
      if (!ids.has(id)) load();
      return ids.get(id);
    },
    all() {
      load();
      return [...known.values()].flat();
    },
  };
}
