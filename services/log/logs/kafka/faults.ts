import { VigilError } from '../../../shared/errors.ts';

type Fault = Error & {
  readonly code?: unknown;
  readonly apiId?: unknown;
  readonly errors?: unknown;
};

/** An error with all that it is made of: the client nests them by retries, by brokers and by cause. */
function partsOf(error: unknown, depth = 0): Fault[] {
  if (!(error instanceof Error) || depth > 12) return [];
  const { errors, cause } = error as Fault;
  const inner = [...(Array.isArray(errors) ? (errors as unknown[]) : []), cause];
  return [error, ...inner.flatMap((one) => partsOf(one, depth + 1))];
}

/** Whether the broker gave the error one of its own names, such as `ILLEGAL_GENERATION`. */
export function hasApiId(error: unknown, ...ids: string[]): boolean {
  return partsOf(error).some(({ apiId }) => typeof apiId === 'string' && ids.includes(apiId));
}

/** Names of the brokers' errors and codes of the client's, for messages; never their texts. */
function namesIn(error: unknown): string {
  const names = partsOf(error).flatMap(({ apiId, code, errors }) => {
    if (Array.isArray(errors) && errors.length > 0) return [];
    return [typeof apiId === 'string' ? apiId : typeof code === 'string' ? code : 'unknown'];
  });
  return [...new Set(names)].slice(0, 5).join(', ');
}

const badCertificate = /^(DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|CERT_|ERR_TLS|ERR_SSL)/;

function isRefusal(error: unknown): boolean {
  return partsOf(error).some(
    ({ code, message }) =>
      code === 'PLT_KFK_AUTHENTICATION' ||
      (typeof code === 'string' && badCertificate.test(code)) ||
      message === 'Broker requires TLS.',
  );
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
  if (isRefusal(error) || hasApiId(error, ...refused)) {
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
