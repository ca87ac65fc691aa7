import { readFileSync, readdirSync } from 'node:fs';
import { createRequire, stripTypeScriptTypes } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { sha256Hex } from '../shared/ids.ts';

export type Asset = { readonly body: string; readonly type: string; readonly etag: string };

const types: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Files of libraries that the browser loads from here, never from another host. */
function libraryFiles(): [string, string][] {
  const uplot = dirname(createRequire(import.meta.url).resolve('uplot'));
  return [
    ['uplot.js', readFileSync(join(uplot, 'uPlot.esm.js'), 'utf8')],
    ['uplot.css', readFileSync(join(uplot, 'uPlot.min.css'), 'utf8')],
  ];
}

/**
 * Everything the page loads, read once at start and looked up by exact name, so that no request ever
 * becomes a path. The browser's modules are TypeScript whose types Node.js takes out: no build step.
 */
export function loadAssets(): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>();
  const add = (name: string, body: string): void => {
    assets.set(name, { body, type: types[extname(name)] ?? 'text/plain', etag: `"${sha256Hex(body, 16)}"` });
  };
  const browser = join(import.meta.dirname, 'browser');
  for (const file of readdirSync(browser).filter((name) => name.endsWith('.ts'))) {
    const source = readFileSync(join(browser, file), 'utf8');
    add(
      file.replace(/\.ts$/, '.js'),
      stripTypeScriptTypes(source)
        .replaceAll(/(from '\.\/[a-z-]+)\.ts'/g, "$1.js'")
        .replaceAll("from 'uplot'", "from './uplot.js'"),
    );
  }
  for (const [name, body] of libraryFiles()) add(name, body);
  const fixed = join(import.meta.dirname, 'static');
  for (const file of readdirSync(fixed)) add(file, readFileSync(join(fixed, file), 'utf8'));
  return assets;
}
