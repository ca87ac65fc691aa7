import { z } from 'zod';
import { millis } from './common.ts';

/** What people and machines do in the console and its API that is written down. A closed list. */
export const auditActions = [
  'sign-in',
  'sign-in-failed',
  'sign-out',
  'post.read',
  'posts.search',
  'posts.watch',
  'posts.export',
  'signal.transition',
  'rule.save',
  'rule.delete',
  'silence.add',
  'silence.end',
  'delivery.resend',
  'channel.enable',
  'view.save',
  'view.delete',
] as const;
export type AuditAction = (typeof auditActions)[number];

export const auditEntrySchema = z.strictObject({
  at: millis,
  id: z.string().describe('orders rows of one millisecond and tells them apart'),
  person: z.string(),
  role: z.string(),
  via: z.string().describe('how the person was recognised'),
  action: z.enum(auditActions),
  object: z.string().describe('id of what was read or changed; empty where there is no single one'),
  detail: z.record(z.string(), z.unknown()).describe('filter, reason or change; never the text of a post'),
});
/** Who did what, when. Entries are only ever added. */
export type AuditEntry = z.infer<typeof auditEntrySchema>;
