import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { alertConfig, type AlertConfig } from './alert/config.ts';
import { consoleConfig, monitorConfig } from './console/config.ts';
import { inferConfig } from './infer/config.ts';
import { ingestConfig, privacyConfig, type IngestConfig } from './ingest/config.ts';
import { logConfig, type LogConfig } from './log/config.ts';
import { loadSettings, type LoadOptions } from './shared/settings/load.ts';
import { signalConfig } from './signal/config.ts';
import { demoConfig } from './simulate/config.ts';
import { storeConfig } from './store/config.ts';
import { endpointConfig } from './store/endpoint/config.ts';
import { terminologyConfig } from './terminology/config.ts';

const logging = z.strictObject({
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info').describe('what is worth a line'),
  format: z
    .enum(['auto', 'pretty', 'json'])
    .default('auto')
    .describe('auto is pretty on a terminal and JSON elsewhere'),
});

/** Most bytes of one character in a record, which is that of a control character: \u0007. */
const bytesPerCharacter = 6;
/** More than a post takes up besides its text. */
const bytesBesideText = 65_536;

/** The longest text that is accepted has to fit into a record, or it would end the stage that appends it. */
function textFits({ ingest, log }: { ingest: IngestConfig; log: LogConfig }, context: z.RefinementCtx): void {
  const most = Math.floor((log.maxRecordBytes - bytesBesideText) / bytesPerCharacter);
  if (ingest.maxTextLength <= most) return;
  context.addIssue({
    code: 'custom',
    path: ['ingest', 'maxTextLength'],
    message: `with log.maxRecordBytes ${log.maxRecordBytes} at most ${most}`,
  });
}

const rooms = z.strictObject({
  dataDir: z
    .string()
    .min(1)
    .default('.vigilstream')
    .describe('folder of the embedded log and store, the index of known posts and caches'),
  logging: logging.prefault({}).describe('What is written to standard error.'),
  demo: demoConfig,
  ingest: ingestConfig.prefault({}).describe('Sources of posts and what is done with each post.'),
  privacy: privacyConfig.prefault({}).describe('Pseudonyms of authors.'),
  log: logConfig.prefault({}).describe('Where records wait between the stages.'),
  infer: inferConfig.prefault({}).describe('The gate and the model.'),
  terminology: terminologyConfig.prefault({}).describe('Names of reactions and of products.'),
  store: storeConfig.prefault({}).describe('The tables.'),
  signal: signalConfig
    .prefault({})
    .describe('The search for pairs of product and reaction that more people tell of than before.'),
  alert: alertConfig.prefault({}).describe('Rules, and the channels on which people are told.'),
  endpoint: endpointConfig.prefault({}).describe('The read-only ClickHouse endpoint of the embedded store.'),
  console: consoleConfig,
  monitor: monitorConfig,
});

/** Every setting of vigilstream. Each room describes its own; what concerns two rooms is checked here. */
export const settingsSchema = rooms.superRefine(textFits);
export type Settings = z.infer<typeof settingsSchema>;

/** A path as a person writes it: `~` is the home folder, the rest relative to the working directory. */
export function pathOf(path: string): string {
  return resolve(path.startsWith('~/') ? join(homedir(), path.slice(2)) : path);
}

/** A path of something that comes along, such as a model bundle: looked for where we are, then where we are installed. */
export function shippedPathOf(path: string): string {
  const here = pathOf(path);
  return existsSync(here) ? here : resolve(import.meta.dirname, '..', path);
}

/** The file of the console's users and tokens: beside the author key unless the settings name another. */
export function accessFileOf({ console: { auth }, privacy }: Settings): string {
  return auth.file === undefined ? join(dirname(pathOf(privacy.keyFile)), 'access.json') : pathOf(auth.file);
}

/** Reads the settings once, into one frozen value. @throws VigilError `CONFIG_*`. */
export function loadConfig(options: LoadOptions): { settings: Settings; file: string | undefined } {
  return loadSettings(settingsSchema, options);
}

/** The settings of the alerts; links lead to the page on this machine unless an address is given. */
export function alertSettings({ alert, console: page }: Settings): AlertConfig {
  return { ...alert, consoleUrl: alert.consoleUrl ?? `http://localhost:${page.port}` };
}
