import { statSync } from 'node:fs';
import path from 'node:path';
import { shippedNames } from '../app/shipped-profiles.js';
import { nearest } from '../profile/did-you-mean.js';
import { COMMANDS } from './flags/commands.js';
import { type CommandSpec, environmentName } from './flags/flag.js';
import type { CliIo } from './io.js';

/** Variables for the tests of this project. They are no business of a user. */
const OF_TESTS = /^WSURGE_(REQUIRE|TEST)_/;

/** Warnings before the command does anything, one line each. */
export function warningsBefore(
  spec: CommandSpec,
  argv: Readonly<Record<string, unknown>>,
  { env, cwd }: Pick<CliIo, 'env' | 'cwd'>,
): string[] {
  return [...(spec.variables === false ? [] : unknownVariables(env)), ...shadowedProfile(spec, argv, cwd)];
}

/** Warnings about `WSURGE_*` variables that set no flag of any command and are ignored. */
function unknownVariables(env: CliIo['env']): string[] {
  const flags = COMMANDS.filter(({ variables }) => variables !== false).flatMap((command) =>
    Object.entries(command.flags).flatMap(([name, flag]) => (flag.variable === false ? [] : [name])),
  );
  const known = [...new Set(flags)].map(environmentName);
  const unknown = Object.keys(env).filter(
    (name) => name.startsWith('WSURGE_') && !known.includes(name) && !OF_TESTS.test(name),
  );
  return unknown.map((name) => {
    const near = nearest(
      name.slice('WSURGE_'.length),
      flags.map((flag) => environmentName(flag).slice('WSURGE_'.length)),
    );
    const hint = near === null ? 'wsurge run --help lists the flags' : `did you mean WSURGE_${near}?`;
    return `the variable ${name} sets no flag and is ignored; ${hint}`;
  });
}

/** A file of the working folder comes before a profile of the same name that ships. */
function shadowedProfile({ positionals }: CommandSpec, argv: Readonly<Record<string, unknown>>, cwd: string): string[] {
  const named = argv['profile'];
  if (typeof named !== 'string' || !positionals.some(({ name }) => name === 'profile')) return [];
  if (!shippedNames().includes(named) || !isFile(path.resolve(cwd, named))) return [];
  return [`${named} is the file in this folder, not the profile of that name that ships with wsurge`];
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}
