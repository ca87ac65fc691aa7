import type { Source } from '../source.ts';
import { createDemoSource, type DemoConfig, demoConfig } from './demo.ts';
import type { SourceDeps } from './deps.ts';
import { createFileSources, type FilesConfig, filesConfig } from './files.ts';

/** Drivers by name, and the schema of each one's settings. */
export const sourceConfigs = [filesConfig, demoConfig] as const;

export const drivers = {
  files: (config: FilesConfig, deps: SourceDeps): Promise<Source[]> => createFileSources(config, deps),
  demo: async (config: DemoConfig, deps: SourceDeps): Promise<Source[]> => [createDemoSource(config, deps)],
} as const;

export type SourceConfig = FilesConfig | DemoConfig;

/** Opens what a configured source reads: one source, or one for each file. */
export function createSources(config: SourceConfig, deps: SourceDeps): Promise<Source[]> {
  return config.driver === 'files' ? drivers.files(config, deps) : drivers.demo(config, deps);
}
