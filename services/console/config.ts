import { z } from 'zod';
import { authConfig } from './auth/auth-config.ts';
import { limitsConfig } from './security/limits-config.ts';

export const consoleConfig = z
  .strictObject({
    enabled: z.boolean().default(true).describe('whether `start` serves the page'),
    host: z
      .string()
      .default('127.0.0.1')
      .describe('address to listen on; any but a loopback address asks for users, tokens or a trusted proxy'),
    port: z
      .int()
      .min(0)
      .max(65_535)
      .default(8080)
      .describe('port of the page and its API; 0 takes any free one'),
    allowedHosts: z
      .array(z.string())
      .default(['localhost', '127.0.0.1', '[::1]'])
      .describe('names in the Host header that are answered; others are refused, against DNS rebinding'),
    refreshMs: z
      .int()
      .min(100)
      .default(1000)
      .describe('how often the live stream sends rates, lag and counts'),
    findings: z.int().min(1).max(500).default(60).describe('how many findings the live list starts with'),
    auth: authConfig,
    limits: limitsConfig,
  })
  .prefault({})
  .describe('The page and its API.');
export type ConsoleConfig = z.infer<typeof consoleConfig>;

export const monitorConfig = z
  .strictObject({
    host: z.string().default('127.0.0.1').describe('address to listen on'),
    port: z
      .int()
      .min(0)
      .max(65_535)
      .nullable()
      .default(null)
      .describe(
        'port of /metrics, /healthz and /readyz of a stage that runs alone; none by default (the page serves them too)',
      ),
  })
  .prefault({})
  .describe('Health and metrics of a single stage.');
export type MonitorConfig = z.infer<typeof monitorConfig>;
