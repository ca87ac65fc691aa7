import { readFileSync } from 'node:fs';
import { Admin, Consumer, Producer, type BaseOptions, type RetryDelayGetter } from '@platformatic/kafka';
import { VigilError, errorCode } from '../../../shared/errors.ts';
import type { KafkaConfig } from './config.ts';

const retryDelay: RetryDelayGetter = (_client, _operation, attempt) =>
  Math.min(2000, 4 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2);

function fileOf(path: string | undefined, setting: string): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    throw new VigilError(
      'LOG_REFUSED',
      `log.kafka.tls.${setting} cannot be read (${errorCode(error)}); check the file and its rights`,
    );
  }
}

/** Settings of every connection: where, and how to sign in. */
function connectionOptions(config: KafkaConfig): BaseOptions {
  const { sasl, tls } = config;
  const ca = fileOf(tls?.ca, 'ca');
  const cert = fileOf(tls?.cert, 'cert');
  const key = fileOf(tls?.key, 'key');
  return {
    clientId: config.clientId,
    bootstrapBrokers: config.brokers,
    requestTimeout: config.requestTimeoutMs,
    timeout: config.requestTimeoutMs,
    retryDelay,
    ...(sasl && {
      sasl: {
        mechanism: sasl.mechanism,
        ...(sasl.username !== undefined && { username: sasl.username }),
        ...(sasl.password !== undefined && { password: sasl.password }),
        ...(sasl.token !== undefined && { token: sasl.token }),
      },
    }),
    ...(tls && {
      ...(tls.servername !== undefined && { tlsServerName: tls.servername }),
      tls: {
        rejectUnauthorized: tls.rejectUnauthorized,
        ...(ca && { ca }),
        ...(cert && { cert }),
        ...(key && { key }),
        ...(tls.passphrase !== undefined && { passphrase: tls.passphrase }),
      },
    }),
  };
}

/** For so long a group that is shared anew waits for a member. */
export const rebalanceMs = (config: Pick<KafkaConfig, 'sessionTimeoutMs'>): number =>
  Math.max(config.sessionTimeoutMs, 30_000);

export type Clients = {
  admin(): Admin;
  /** For a group, or for reading without one. */
  consumer(group: string): Consumer;
  /** Opening a second one with the same id ends the transaction that the first had open. */
  producer(transactionalId: string): Producer;
};

export function createClients(config: KafkaConfig): Clients {
  const base = connectionOptions(config);
  // A client without a listener would end the process on a failed connection; every call reports its own.
  const quiet = <T extends { on(event: 'error', listener: () => void): unknown }>(client: T): T => {
    client.on('error', () => undefined);
    return client;
  };
  return {
    admin: () => quiet(new Admin({ ...base }) as Admin & { on(event: 'error', f: () => void): unknown }),
    consumer: (group) =>
      quiet(
        new Consumer({
          ...base,
          groupId: group,
          autocommit: false,
          isolationLevel: 1,
          sessionTimeout: config.sessionTimeoutMs,
          rebalanceTimeout: rebalanceMs(config),
          heartbeatInterval: Math.round(config.sessionTimeoutMs / 6),
        }) as Consumer & { on(event: 'error', f: () => void): unknown },
      ),
    producer: (transactionalId) =>
      quiet(
        new Producer({
          ...base,
          // The library takes the time-out of requests for that of transactions, too.
          timeout: config.transactionTimeoutMs,
          transactionalId,
          idempotent: true,
          producerId: -1n,
          producerEpoch: -1,
          retries: 16,
          compression: config.compression,
        }) as Producer & { on(event: 'error', f: () => void): unknown },
      ),
  };
}
