import { BlockList, isIPv6 } from 'node:net';
import type { AppContext } from '../env.ts';

/** The address at the other end of the connection; empty where there is none (a request made in the process). */
export function peerOf(c: AppContext): string {
  const env = c.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined;
  return (env?.incoming?.socket?.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '');
}

/** A set of addresses and networks such as `10.0.0.0/8`. */
export function addressSet(addresses: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const entry of addresses) {
    const [address = '', bits] = entry.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => address !== '' && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/**
 * Address of the client: the peer, or behind a trusted proxy the last entry of X-Forwarded-For that the
 * proxies themselves did not write. Anybody can send that header, so it counts for nothing from elsewhere.
 */
export function clientAddress(c: AppContext, isProxy: (address: string) => boolean): string {
  const peer = peerOf(c);
  if (!isProxy(peer)) return peer;
  const chain = (c.req.header('x-forwarded-for') ?? '').split(',').map((entry) => entry.trim());
  return chain.findLast((entry) => entry !== '' && !isProxy(entry)) ?? peer;
}
