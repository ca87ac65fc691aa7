import { isIP } from 'node:net';
import { createTransport } from 'nodemailer';
import { z } from 'zod';
import type { FailureReason } from '../../../schemas/alerting.ts';
import { errorCode } from '../../shared/errors.ts';
import { sha256Hex } from '../../shared/ids.ts';
import { secret } from '../../shared/secret.ts';
import { checkedAddress, endOf } from '../safe-fetch.ts';
import { type Attempt, type Channel, type ChannelDeps, type Message, plainText } from './channel.ts';
import { httpShared } from './common.ts';

export const emailConfig = z.strictObject({
  driver: z.literal('email').describe('a mail server (SMTP)'),
  ...httpShared,
  host: z.string().min(1).describe('name of the mail server'),
  port: z.int().min(1).max(65_535).default(587).describe('port of the mail server'),
  security: z
    .enum(['starttls', 'tls', 'none'])
    .default('starttls')
    .describe('starttls must succeed, tls encrypts from the first byte, none sends in the clear'),
  username: z.string().default('').describe('user at the mail server; empty where it asks for none'),
  password: secret().default('').describe('password of the user'),
  from: z.email().describe('sender'),
  to: z.array(z.email()).min(1).max(50).describe('receivers'),
});
export type EmailConfig = z.infer<typeof emailConfig>;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Plain text and HTML of a mail; nothing in it is fetched from anywhere. */
export function mailOf(message: Message): { subject: string; text: string; html: string } {
  const { severity, title, summary, link, people, posts, statistic, value, examples } = message;
  const counts = `People: ${people}\nPosts: ${posts}\n${statistic}: ${value.toFixed(2)}`;
  const lines = examples.map(
    ({ id, link: to, text }) => `${id}  ${to}${text ? `\n  ${text.replaceAll('\n', '\n  ')}` : ''}`,
  );
  const items = examples.map(
    ({ id, link: to, text }) =>
      `<li><a href="${escaped(to)}">${escaped(id)}</a>${text ? `<blockquote>${escaped(text)}</blockquote>` : ''}</li>`,
  );
  return {
    subject: `[${severity}] ${title}`,
    text: `${plainText(message)}\n\n${counts}\n\n${lines.join('\n')}\n\n-- \n${message.rule}, ${message.id}\n`,
    html: `<h2>${escaped(title)}</h2><p>${escaped(summary)}</p><pre>${escaped(counts)}</pre><ul>${items.join('')}</ul><p><a href="${escaped(link)}">Open in vigilstream</a></p><p><small>${escaped(message.rule)}, ${message.id}</small></p>`,
  };
}

function reasonOfFailure(error: unknown): FailureReason {
  const code = errorCode(error);
  if (code === 'ETIMEDOUT') return 'timeout';
  if (code === 'ETLS' || /CERT|SSL/.test(code)) return 'tls';
  if (code === 'EENVELOPE' || code === 'EMESSAGE' || code === 'EAUTH') return 'mail-refused';
  return 'connection';
}

/** A mail server (SMTP). The Message-ID is made of the alert's id, so that a repeated mail can be told. */
export function createEmail(config: EmailConfig, { resolve }: ChannelDeps): Channel {
  const { name, driver, host, port, security, username, password, from, to, timeoutSeconds } = config;
  const timeout = timeoutSeconds * 1000;
  return {
    name,
    driver,
    target: sha256Hex(`${driver} ${host}:${port} ${username} ${to.join(' ')}`, 16),
    spacingMs: 0,
    async send(message, signal): Promise<Attempt> {
      const failed = (reason: FailureReason, status = 0): Attempt => ({ outcome: 'failed', reason, status });
      const ended = endOf(AbortSignal.any([signal, AbortSignal.timeout(timeout)])).then(() =>
        failed('timeout'),
      );
      const target = await Promise.race([checkedAddress(host, config.allowPrivate, resolve), ended]);
      if ('outcome' in target) return target;
      if (!target.ok) return failed(target.reason);
      const transport = createTransport({
        host: target.address.address,
        port,
        secure: security === 'tls',
        requireTLS: security === 'starttls',
        ignoreTLS: security === 'none',
        ...(username === '' ? {} : { auth: { user: username, pass: password } }),
        tls: isIP(host) === 0 ? { servername: host } : {},
        connectionTimeout: timeout,
        greetingTimeout: timeout,
        socketTimeout: timeout,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      const sent = transport
        .sendMail({
          ...mailOf(message),
          from,
          to: [...to],
          date: new Date(message.at),
          messageId: `<${message.id}@${from.split('@')[1] ?? 'vigilstream'}>`,
          headers: { 'X-Vigilstream-Rule': message.rule, 'Auto-Submitted': 'auto-generated' },
        })
        .then(
          (): Attempt => ({ outcome: 'delivered', status: 250 }),
          (error: unknown): Attempt => {
            const status = (error as { responseCode?: unknown }).responseCode;
            return failed(reasonOfFailure(error), typeof status === 'number' ? status : 0);
          },
        );
      try {
        return await Promise.race([sent, ended]);
      } finally {
        transport.close();
      }
    },
  };
}
