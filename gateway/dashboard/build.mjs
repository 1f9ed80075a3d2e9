// Builds the page into a folder: node build.mjs FOLDER. Each text beside its gzip and brotli forms, so that the gateway compresses nothing.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const target = resolve(process.argv[2] ?? fail('Name the folder to build into: node build.mjs FOLDER.'));
const TARGETS = ['chrome109', 'firefox115', 'safari16.4'];

execFileSync(process.execPath, [join(here, 'node_modules/typescript/bin/tsc'), '--project', here], { stdio: 'inherit' });
await rm(target, { recursive: true, force: true });

// The page loads the very module that others may import.
const client = await bundle('src/client.ts', 'client.js', { minify: false });
const clientAddress = versioned('client.js', client);
const script = await bundle('src/main.tsx', 'app.js', {
  jsx: 'automatic',
  jsxImportSource: 'preact',
  plugins: [{ name: 'client', setup: (esbuild) => esbuild.onResolve({ filter: /\/client\.js$/ }, () => ({ path: `./${clientAddress}`, external: true })) }],
});
const style = await bundle('src/styles.css', 'app.css');

const page = (await readFile(join(here, 'index.html'), 'utf8'))
  .replace('app.js', versioned('app.js', script)).replace('app.css', versioned('app.css', style)).replace('client.js', clientAddress);
await writeFile(join(target, 'index.html'), page.replace(/\n\s*/g, '\n'));
await writeFile(join(target, 'icon.svg'), await readFile(join(here, 'icon.svg')));
await writeFile(join(target, 'licenses.txt'), await licenses('preact', '@preact/signals', '@preact/signals-core', 'uplot'));

for (const name of await readdir(target)) {
  const bytes = await readFile(join(target, name));
  await writeFile(join(target, `${name}.gz`), gzipSync(bytes, { level: 9 }));
  await writeFile(join(target, `${name}.br`), brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
}

async function bundle(entry, name, options = {}) {
  const result = await build({
    absWorkingDir: here, entryPoints: [entry], outfile: join(target, name), bundle: true, minify: true, format: 'esm', target: TARGETS, charset: 'utf8',
    legalComments: 'none', logLevel: 'warning', ...options,
  });
  if (result.warnings.length > 0) {
    throw new Error(`${result.warnings.length} warnings of esbuild`);
  }

  return readFile(join(target, name));
}

// An address that changes with its content, so that browsers may keep it for good.
function versioned(name, content) {
  return `${name}?v=${createHash('sha256').update(content).digest('hex').slice(0, 12)}`;
}

// Of the packages that the script contains.
async function licenses(...packages) {
  const texts = packages.map(async (name) => `${name}\n\n${await readFile(join(here, 'node_modules', name, 'LICENSE'), 'utf8')}`);
  return (await Promise.all(texts)).join('\n\n');
}

function fail(sentence) {
  console.error(sentence);
  process.exit(2);
}
