import { readFileSync } from 'node:fs';
import { EXIT, type ExitCode } from '../errors.js';
import { SCHEMA, SCHEMA_NAMES } from './flags/start.js';
import type { CliIo } from './io.js';
import { readFlags } from './options/flag-values.js';

/** `wsurge schema NAME`: a JSON Schema as it ships. */
export async function schemaCommand(argv: Readonly<Record<string, unknown>>, io: CliIo): Promise<ExitCode> {
  const values = readFlags(SCHEMA, argv, io.env);
  const name = values.wordOf('name', SCHEMA_NAMES, { missing: 'needs the name of a schema', unknown: 'is no schema' });
  values.throwIfWrong();
  io.stdout.write(readFileSync(new URL(`../../../schemas/${name}.schema.json`, import.meta.url), 'utf8'));
  return EXIT.passed;
}
