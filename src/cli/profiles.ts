import { shippedNames, shippedProfile, summaryOf } from '../app/shipped-profiles.js';
import { EXIT, type ExitCode, usageError } from '../errors.js';
import { suggest } from '../profile/did-you-mean.js';
import { quoted } from '../profile/problem-list.js';
import { PROFILES } from './flags/start.js';
import type { CliIo } from './io.js';
import { readFlags, refuseIfAny } from './options/flag-values.js';

/** `wsurge profiles`: those that ship, one line each; with a name the text of one. */
export async function profilesCommand(argv: Readonly<Record<string, unknown>>, io: CliIo): Promise<ExitCode> {
  const values = readFlags(PROFILES, argv, io.env);
  const [name, json] = [values.word('name'), values.isOn('json')];
  refuseIfAny(values, 'profiles');
  const all = shippedNames().map((each) => shippedProfile(each)!);
  if (name !== null) {
    const one = all.find((profile) => profile.name === name);
    if (one === undefined) {
      const next = suggest(name, shippedNames());
      throw usageError('unknown_profile', `no profile ${quoted(name)} ships with wsurge`, next);
    }
    io.stdout.write(json ? `${JSON.stringify(one, null, 2)}\n` : one.text);
    return EXIT.passed;
  }
  const shown = all.map((profile) => ({ name: profile.name, summary: summaryOf(profile), file: profile.file }));
  if (json) io.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
  else for (const { name: each, summary } of shown) io.stdout.write(`${each.padEnd(10)} ${summary}\n`);
  if (!json)
    io.stderr.write(
      '\nwsurge run NAME runs one, wsurge profiles NAME prints it. A file of that name in the folder comes first.\n',
    );
  return EXIT.passed;
}
