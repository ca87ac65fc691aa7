import { z } from 'zod';
import { secret } from '../../../shared/secret.ts';

const sasl = z.strictObject({
  mechanism: z
    .enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'])
    .describe('how to sign in to the brokers'),
  username: z.string().min(1).optional().describe('name for PLAIN and SCRAM'),
  password: secret().optional().describe('password for PLAIN and SCRAM'),
  token: secret().optional().describe('bearer token for OAUTHBEARER'),
});

const tls = z.strictObject({
  ca: z.string().optional().describe('file with the certificates of the authority that signed the brokers'),
  cert: z.string().optional().describe('file with the certificate of this client'),
  key: z.string().optional().describe('file with the private key of this client'),
  passphrase: secret().optional().describe('passphrase of the private key'),
  servername: z.string().optional().describe('name that the certificate of the brokers must carry'),
  rejectUnauthorized: z
    .boolean()
    .default(true)
    .describe('whether a broker with an unknown certificate is refused'),
});

export const kafkaConfig = z.strictObject({
  brokers: z
    .array(z.string().regex(/^[^\s,]+:\d+$/, 'must be host:port'))
    .min(1)
    .default(['localhost:9092'])
    .describe('addresses to find the cluster by, as host:port'),
  clientId: z
    .string()
    .min(1)
    .default('vigilstream')
    .describe('name of this client in the logs of the brokers'),
  topicPrefix: z
    .string()
    .regex(/^[A-Za-z0-9._-]*$/, 'may hold letters, digits, dot, underscore and hyphen')
    .default('')
    .describe(
      'put before every topic, group and transactional id, so that one cluster serves several installations',
    ),
  replication: z.int().min(1).max(32767).default(1).describe('copies of each partition of a new topic'),
  minInSyncReplicas: z
    .int()
    .min(1)
    .default(1)
    .describe('copies of a new topic that must have a record before it counts as written'),
  compression: z
    .enum(['none', 'gzip', 'snappy', 'lz4', 'zstd'])
    .default('lz4')
    .describe('how batches of records are compressed'),
  sessionTimeoutMs: z
    .int()
    .min(6000)
    .max(1_800_000)
    .default(10_000)
    .describe('a consumer that is silent for this long is replaced; brokers refuse less than 6 s by default'),
  transactionTimeoutMs: z
    .int()
    .min(5000)
    .max(900_000)
    .default(60_000)
    .describe('the broker gives up a transaction that is open for this long'),
  requestTimeoutMs: z.int().min(1000).default(30_000).describe('longest wait for the answer of a broker'),
  sasl: sasl.optional().describe('how to sign in to the brokers; without it, nobody signs in'),
  tls: tls.optional().describe('how to encrypt the connections; {} for the usual authorities'),
});
export type KafkaConfig = z.infer<typeof kafkaConfig>;
