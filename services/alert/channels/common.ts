import { z } from 'zod';
import { slug } from '../../../schemas/alerting.ts';

/** Settings that every channel over HTTP has. */
export const httpShared = {
  name: slug.describe('what rules call the channel'),
  timeoutSeconds: z.number().min(0.1).max(60).default(15).describe('longest time for one attempt'),
  allowPrivate: z
    .boolean()
    .default(false)
    .describe('whether the receiver may have a private, link-local or loopback address'),
};

const isWeb = (text: string): boolean => {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
};

/** Whether a text is an address of the web without a user in it; not a format, since messages of those echo it. */
export const webAddress = [isWeb, 'must be an http or https address without a user name in it'] as const;
