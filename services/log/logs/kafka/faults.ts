import { findErrorBy } from '@platformatic/kafka';
import { VigilError } from '../../../shared/errors.ts';

/** The broker's own name of an error, such as `ILLEGAL_GENERATION`. */
export function hasApiId(error: unknown, ...ids: string[]): boolean {
  return ids.some((id) => findErrorBy(error as Error, 'apiId', id) !== null);
}

/** Names of the brokers' errors and of the client's codes in an error, for messages; never their texts. */
function namesIn(error: unknown): string {
  const names = new Set<string>();
  const collect = (one: unknown): void => {
    if (!(one instanceof Error)) return;
    const { apiId, code, errors } = one as { apiId?: unknown; code?: unknown; errors?: unknown };
    if (Array.isArray(errors) && errors.length > 0) errors.forEach(collect);
    else if (typeof apiId === 'string') names.add(apiId);
    else names.add(typeof code === 'string' ? code : one.name);
  };
  collect(error);
  return [...names].slice(0, 5).join(', ');
}

const refused = [
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'INVALID_SESSION_TIMEOUT',
  'INVALID_TRANSACTION_TIMEOUT',
  'INVALID_REPLICATION_FACTOR',
];

/** What went wrong with the cluster, in terms of what to do; errors of our own pass as they are. */
export function explain(error: unknown, doing: string): unknown {
  if (error instanceof VigilError) return error;
  const names = namesIn(error);
  if (findErrorBy(error as Error, 'code', 'PLT_KFK_AUTHENTICATION') || hasApiId(error, ...refused)) {
    return new VigilError(
      'LOG_REFUSED',
      `the Kafka cluster refuses ${doing} (${names}); check log.kafka.sasl, log.kafka.tls, the rights of the user and the limits of the broker`,
      { cause: error },
    );
  }
  if (hasApiId(error, 'MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE')) {
    return new VigilError(
      'LOG_RECORD_TOO_LARGE',
      `the Kafka cluster takes no record of that size; raise max.message.bytes of the topic or lower log.maxRecordBytes`,
      { cause: error },
    );
  }
  if (hasApiId(error, 'UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID')) {
    return new VigilError(
      'LOG_NO_TOPIC',
      `a topic of the log is missing in the Kafka cluster; run "vigilstream migrate" or start a stage, which creates it`,
      { cause: error },
    );
  }
  return new VigilError(
    'LOG_AWAY',
    `the Kafka cluster cannot be reached or is not ready while ${doing} (${names}); check log.kafka.brokers and the brokers`,
    { cause: error, canRetry: true },
  );
}
