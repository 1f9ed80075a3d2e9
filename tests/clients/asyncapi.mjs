// Reads an AsyncAPI document with AsyncAPI's own parser; fails when that finds a mistake. Argument: the file.
import { readFileSync } from 'node:fs';
import { Parser } from '@asyncapi/parser';

const ERROR = 0;
const file = process.argv[2];
const { document, diagnostics } = await new Parser().parse(readFileSync(file, 'utf8'), { source: file });
const errors = diagnostics.filter((d) => d.severity === ERROR);
for (const { code, path, message } of errors) {
  console.log(`${code} at ${path.join('/')}: ${message}`);
}
process.exit(document && errors.length === 0 ? 0 : 1);
