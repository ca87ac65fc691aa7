import { displayName } from './respond.ts';

const text = /^SELECT displayName\(\), version\(\), revision\(\), timezone\(\)$/;
/** From this protocol on clickhouse-go expects block layouts that the embedded engine does not write. */
const newLayout = 54_454;

/** Whether this is the question with which clickhouse-go (about 2.37 and newer) begins. */
export function isHello(sql: string, query: URLSearchParams): boolean {
  return Number(query.get('client_protocol_version')) >= newLayout && text.test(sql);
}

function lengthAndText(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest > 127; rest >>= 7) length.push((rest & 127) | 128);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}

/**
 * The answer to that question as a block of the protocol that the driver asked for. It reports revision 0, so
 * that the driver reads everything after it as plain Native, which is what the engine writes.
 */
export function helloBlock(version: string, timezone: string): Buffer {
  const column = (name: string, type: string, data: Buffer) =>
    Buffer.concat([lengthAndText(name), lengthAndText(type), Buffer.from([0]), data]);
  return Buffer.concat([
    Buffer.from([1, 0, 2, 255, 255, 255, 255, 0]), // block info: no overflow, bucket -1
    Buffer.from([4, 1]), // columns, rows
    column('displayName()', 'String', lengthAndText(displayName)),
    column('version()', 'String', lengthAndText(version)),
    column('revision()', 'UInt32', Buffer.alloc(4)),
    column('timezone()', 'String', lengthAndText(timezone)),
  ]);
}
