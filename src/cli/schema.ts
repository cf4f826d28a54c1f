import { readFileSync } from 'node:fs';
import { EXIT, type ExitCode } from '../errors.js';
import { suggest } from '../profile/did-you-mean.js';
import { quoted } from '../profile/problem-list.js';
import { SCHEMA, SCHEMA_NAMES } from './flags/start.js';
import type { CliIo } from './io.js';
import { readFlags, refuseIfAny } from './options/flag-values.js';

/** `wsurge schema NAME`: a JSON Schema as it ships. */
export async function schemaCommand(argv: Readonly<Record<string, unknown>>, io: CliIo): Promise<ExitCode> {
  const values = readFlags(SCHEMA, argv, io.env);
  const given = values.word('name');
  const name = SCHEMA_NAMES.find((known) => known === given);
  if (given === null)
    values.refuse('wsurge schema', 'needs the name of a schema', `one of: ${SCHEMA_NAMES.join(', ')}`);
  else if (name === undefined) values.refuse(quoted(given), 'is no schema', suggest(given, SCHEMA_NAMES));
  refuseIfAny(values, 'schema');
  io.stdout.write(readFileSync(new URL(`../../../schemas/${name}.schema.json`, import.meta.url), 'utf8'));
  return EXIT.passed;
}
