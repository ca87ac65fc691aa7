import { lookup } from 'node:dns/promises';
import { request as plainRequest, type IncomingMessage } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { BlockList, isIP } from 'node:net';
import { errorCode, isAbort } from '../shared/errors.ts';
import type { FailureReason } from '../../schemas/alerting.ts';

export type Address = { readonly address: string; readonly family: 4 | 6 };
/** Addresses of a host name. Rejects where there are none. */
export type Resolve = (host: string) => Promise<readonly Address[]>;

export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address, family }) => ({
    address,
    family: family === 6 ? 6 : 4,
  }));

/**
 * Ranges that no receiver on the open net has: private, shared, loopback, link-local, reserved, multicast (IANA
 * special-purpose registries, RFC 6890), and those in which another address can hide (6to4, Teredo, NAT64, SIIT).
 */
const closed = new BlockList();
for (const range of [
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24',
  '192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4',
]
  .join(' ')
  .split(' ')) {
  const [net = '', bits] = range.split('/');
  closed.addSubnet(net, Number(bits), 'ipv4');
}
for (const range of [
  '::/96 ::ffff:0:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16',
  '3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8',
]
  .join(' ')
  .split(' ')) {
  const [net = '', bits] = range.split('/');
  closed.addSubnet(net, Number(bits), 'ipv6');
}

/** Whether an address is one of this machine or of a closed net. An IPv4 address inside an IPv6 one counts as itself. */
export function isPrivate(address: string): boolean {
  const bare = address.replace(/%.*$/, '');
  const family = isIP(bare);
  if (family === 0) return true;
  return closed.check(bare, family === 6 ? 'ipv6' : 'ipv4');
}

export type Target =
  | { readonly ok: true; readonly address: Address }
  | { readonly ok: false; readonly reason: FailureReason };

/**
 * Asks for the addresses of a host once and gives the one to connect to. A name with any closed address among its
 * answers is refused: who mixes them counts on the second question being answered otherwise.
 */
export async function checkedAddress(host: string, allowPrivate: boolean, resolve: Resolve): Promise<Target> {
  const bare = host.replace(/^\[|\]$/g, '');
  let found: readonly Address[];
  try {
    const family = isIP(bare);
    found = family === 0 ? await resolve(bare) : [{ address: bare, family: family === 6 ? 6 : 4 }];
  } catch {
    return { ok: false, reason: 'name-not-found' };
  }
  const [first] = found;
  if (!first) return { ok: false, reason: 'name-not-found' };
  if (!allowPrivate && found.some(({ address }) => isPrivate(address))) {
    return { ok: false, reason: 'address-refused' };
  }
  return { ok: true, address: first };
}

export type Post = {
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly allowPrivate: boolean;
  readonly resolve: Resolve;
  readonly signal: AbortSignal;
};

export type Answer =
  | { readonly ok: true; readonly status: number; readonly retryAfter: string | undefined }
  | { readonly ok: false; readonly reason: FailureReason };

function reasonOfFailure(error: unknown): FailureReason {
  const code = errorCode(error);
  if (isAbort(error) || code === 'TimeoutError' || code === '23' || code === 'ETIMEDOUT') return 'timeout';
  const isCertificate = /CERT|SSL|TLS|SIGNATURE|SELF_SIGNED|ALTNAME|EPROTO/.test(code);
  return isCertificate ? 'tls' : 'connection';
}

/** Resolves when the signal has ended, at once where it has already; never rejects. */
export function endOf(signal: AbortSignal): Promise<void> {
  return new Promise((settle) => {
    if (signal.aborted) settle();
    else signal.addEventListener('abort', () => settle(), { once: true });
  });
}

/**
 * Posts JSON to an address of the web. The name is resolved once and the connection goes to the address that was
 * checked; redirects are not followed; the answer's body is thrown away unread. Ends within `timeoutMs`, or at once
 * with the signal, whatever the receiver does. Never rejects.
 */
export async function post(options: Post): Promise<Answer> {
  const { body, headers = {}, timeoutMs, allowPrivate, resolve } = options;
  const url = new URL(options.url);
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMs)]);
  const target = await Promise.race([
    checkedAddress(url.hostname, allowPrivate, resolve),
    endOf(signal).then((): Target => ({ ok: false, reason: 'timeout' })),
  ]);
  if (!target.ok) return target;
  const { address, family } = target.address;
  const request = url.protocol === 'https:' ? tlsRequest : plainRequest;
  return new Promise((settle) => {
    const answered = ({ statusCode = 0, headers: given }: IncomingMessage): void =>
      settle({ ok: true, status: statusCode, retryAfter: given['retry-after'] });
    const sent = request(
      url,
      {
        method: 'POST',
        agent: false,
        signal,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'vigilstream',
          ...headers,
        },
        lookup: (_host, { all }, done) =>
          all ? done(null, [{ address, family }]) : done(null, address, family),
      },
      (answer) => {
        answered(answer);
        answer.destroy();
      },
    );
    // A receiver that changes the protocol (101) takes the socket away: it would end with no answer and no error.
    sent.on('upgrade', (answer, socket) => {
      answered(answer);
      socket.destroy();
    });
    sent.on('error', (error) => settle({ ok: false, reason: reasonOfFailure(error) }));
    sent.on('close', () => settle({ ok: false, reason: signal.aborted ? 'timeout' : 'connection' }));
    sent.end(body);
  });
}

/** Milliseconds of a Retry-After header: seconds, or a date; undefined where it says neither; at most a day. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isFinite(ms) ? Math.min(86_400_000, Math.max(0, ms)) : undefined;
}
