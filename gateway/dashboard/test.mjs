// Bundles the unit tests under tests/dashboard and runs them with Node's own runner: node test.mjs [NAME…], all unless some are named.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const tests = join(root, 'tests/dashboard');
const target = join(root, 'artifacts/dashboard-tests');

const known = readdirSync(tests).filter((name) => name.endsWith('.test.ts')).map(nameOf);
const names = process.argv.length > 2 ? process.argv.slice(2).map(nameOf) : known;
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`There is no test ${unknown.join(', ')}: name some of ${known.join(', ')}.`);
  process.exit(2);
}

rmSync(target, { recursive: true, force: true });
await build({
  absWorkingDir: here, entryPoints: names.map((name) => join(tests, `${name}.test.ts`)), outdir: target, outExtension: { '.js': '.mjs' }, bundle: true,
  platform: 'node', format: 'esm', target: 'node20', jsx: 'automatic', jsxImportSource: 'preact', sourcemap: 'inline', logLevel: 'warning',
  // Tests say where a module was loaded from.
  define: { 'import.meta.url': 'globalThis.moduleAddress' },
});

const files = names.map((name) => join(target, `${name}.test.mjs`));
const { status } = spawnSync(process.execPath, ['--enable-source-maps', '--disable-warning=ExperimentalWarning', '--test', '--test-reporter=spec', ...files], { stdio: 'inherit' });
process.exit(status ?? 1);

/** `client` of client.test.ts, with or without a path. */
function nameOf(file) {
  return basename(file).replace(/(\.test)?\.ts$/, '');
}
