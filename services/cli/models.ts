import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { pathOf, shippedPathOf } from '../config.ts';
import { openServing } from '../infer/serving.ts';
import { systemClock } from '../shared/clock.ts';
import { VigilError } from '../shared/errors.ts';
import { createMetrics } from '../shared/metrics.ts';
import { settingsOf } from './common.ts';
import { exitCodes } from './exit-codes.ts';
import { printJson, printTable } from './terminal.ts';

type Verdict = { readonly bundle: string; readonly ok: boolean; readonly detail: string };

/** Bundles beside the configured one, that one first. */
async function bundlesBeside(configured: string): Promise<string[]> {
  const folder = dirname(configured);
  const names = await readdir(folder).catch(() => []);
  return [configured, ...names.map((name) => join(folder, name)).filter((path) => path !== configured)];
}

/** `vigilstream models verify`: loads each bundle as the monitor would and runs its golden texts. */
export function modelsCommand(): Command {
  const models = new Command('models').description('look after the model bundles');
  models
    .command('verify')
    .argument('[bundle...]', 'folders of bundles; otherwise the configured one and those beside it')
    .description('check manifests, checksums, tokenizer and golden answers; exit 1 when a bundle is broken')
    .option('--json', 'as JSON')
    .action(async (folders: string[], options: { json?: boolean }, command: Command) => {
      const { infer } = settingsOf(command).settings;
      const bundles =
        folders.length > 0 ? folders.map(pathOf) : await bundlesBeside(shippedPathOf(infer.model));
      const verdicts: Verdict[] = [];
      for (const bundle of bundles) {
        try {
          await using serving = await openServing(
            { ...infer, model: bundle },
            { clock: systemClock, metrics: createMetrics() },
          );
          const { goldens, largestDifference } = serving.proof;
          const { manifest, weights } = serving.bundle;
          const detail = `${manifest.name} ${manifest.version}, ${weights.precision}, ${goldens} goldens within ${largestDifference.toFixed(4)}`;
          verdicts.push({ bundle, ok: true, detail });
        } catch (error) {
          if (!(error instanceof VigilError)) throw error;
          verdicts.push({ bundle, ok: false, detail: error.message });
        }
      }
      if (options.json) printJson(verdicts);
      else
        printTable(
          ['bundle', 'state', 'detail'],
          verdicts.map(({ bundle, ok, detail }) => [bundle, ok ? 'whole' : 'BROKEN', detail]),
        );
      if (verdicts.some(({ ok }) => !ok)) process.exitCode = exitCodes.failed;
    });
  return models;
}
