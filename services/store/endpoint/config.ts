import { z } from 'zod';

export const endpointConfig = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('answer ClickHouse clients (Grafana, curl, drivers) from the embedded store, read-only'),
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('address to listen on; anything but a loopback address opens the data to the network'),
  port: z
    .int()
    .min(0)
    .max(65_535)
    .default(8123)
    .describe('port of the endpoint; 0 takes any free one, which only helps tests'),
  allowedHosts: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'names, besides localhost and the loopback addresses, under which a client may address the endpoint; guards against DNS rebinding',
    ),
  maxExecutionSeconds: z
    .number()
    .min(0.1)
    .max(3600)
    .default(30)
    .describe('longest time that one query may take'),
  maxResultRows: z
    .int()
    .min(1)
    .max(100_000_000)
    .default(1_000_000)
    .describe('most rows that one query may return'),
  maxResultBytes: z
    .int()
    .min(1024)
    .max(4_294_967_296)
    .default(134_217_728)
    .describe('most bytes that one query may return, before compression'),
  maxMemoryBytes: z
    .int()
    .min(16_777_216)
    .default(400_000_000)
    .describe('most memory that one query may take'),
  concurrency: z
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe('queries that may run at the same time; more wait for their turn'),
});
export type EndpointConfig = z.infer<typeof endpointConfig>;
