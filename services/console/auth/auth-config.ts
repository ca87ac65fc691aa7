import { z } from 'zod';
import { roles } from '../env.ts';

const proxyConfig = z.strictObject({
  addresses: z
    .array(z.string().regex(/^[0-9a-fA-F:.]+(\/\d{1,3})?$/))
    .default([])
    .describe(
      'addresses or networks (10.0.0.0/8) of a proxy that signs people in and says who they are; from anywhere else its headers count for nothing; empty: there is none',
    ),
  nameHeader: z
    .string()
    .regex(/^[A-Za-z][\w-]*$/)
    .default('X-Forwarded-User')
    .describe('header in which the proxy names the person'),
  roleHeader: z
    .string()
    .regex(/^([A-Za-z][\w-]*)?$/)
    .default('')
    .describe('header in which the proxy gives a role: reader, analyst or admin; empty: it gives none'),
  role: z
    .enum(roles)
    .default('reader')
    .describe('role of a person whom the proxy names, unless the file of users or the header gives another'),
});

export const authConfig = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .optional()
      .describe(
        'file of users and tokens, made by `vigilstream users`; `access.json` beside the author key when not given',
      ),
    proxy: proxyConfig.prefault({}),
    anonymous: z
      .enum(['none', ...roles])
      .default('none')
      .describe(
        'role of whoever reaches the page without signing in; only for a page that the network keeps closed, such as a container whose port is published on localhost alone',
      ),
    localName: z
      .string()
      .regex(/^[\w.@-]{1,64}$/)
      .default('local')
      .describe('name of the one person of a monitor on this machine that has no users'),
    sessionHours: z
      .number()
      .min(0.1)
      .max(720)
      .default(12)
      .describe('how long a session lasts; it is renewed while it is used'),
  })
  .prefault({})
  .describe('Who may see the page. On a loopback address without users: everybody on this machine.');
export type AuthConfig = z.infer<typeof authConfig>;
