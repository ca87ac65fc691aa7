import { z } from 'zod';
import { secret } from '../../../shared/secret.ts';

export const clickhouseConfig = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .default('http://localhost:8123')
    .describe('address of the HTTP interface of the server'),
  username: z.string().default('default').describe('user with the right to create tables and to insert'),
  password: secret().default('').describe('password of the user'),
  requestTimeoutSeconds: z
    .number()
    .min(1)
    .max(3600)
    .default(60)
    .describe('longest time for one request; an insert that takes longer is repeated with the same token'),
});
export type ClickhouseConfig = z.infer<typeof clickhouseConfig>;
