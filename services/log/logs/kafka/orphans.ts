import { listTransactionsV1, type Admin, type Producer } from '@platformatic/kafka';
import { randomId } from '../../../shared/ids.ts';
import { hasEnded, thisProcess, type ProcessMark } from '../../liveness.ts';

/** A transactional id that says which process writes with it. */
export function writerId(prefix: string): string {
  const { host, pid, started } = thisProcess();
  return [`${prefix}writer`, encodeURIComponent(host), pid, started, randomId()].join('|');
}

/** The process that writes with an id; undefined where the id is none of ours. */
export function markOf(id: string, prefix: string): ProcessMark | undefined {
  const [name, host, pid, started] = id.split('|');
  if (name !== `${prefix}writer` || host === undefined || started === undefined) return undefined;
  return { host: decodeURIComponent(host), pid: Number(pid), started };
}

/**
 * Ends the transactions that processes of this machine have left open when they died: until the broker
 * gives one up by itself, it hides from readers what others have finished behind it. Those of other
 * machines are left to the broker.
 * @returns how many there were
 */
export async function endOrphans(
  admin: Admin,
  openProducer: (transactionalId: string) => Producer,
  prefix: string,
): Promise<number> {
  const here = thisProcess();
  const connections = await admin.connectToBrokers();
  const found = await Promise.all(
    [...connections.values()].map((connection) =>
      listTransactionsV1.api.async(connection, ['Ongoing'], [], -1n, null),
    ),
  );
  const orphans = found
    .flatMap(({ transactionStates }) => transactionStates.map(({ transactionalId }) => transactionalId))
    .filter((id) => {
      const mark = markOf(id, prefix);
      return mark !== undefined && hasEnded(mark, here);
    });
  for (const id of orphans) {
    // Whoever begins with the id of another ends what that one had open.
    const producer = openProducer(id);
    try {
      const tx = await producer.beginTransaction({});
      await tx.cancel();
    } finally {
      await producer.close(true);
    }
  }
  return orphans.length;
}
