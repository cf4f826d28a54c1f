import { looksLikeUrl } from '../app/profile-source.js';
import { isLocalUrl } from '../app/target-place.js';
import { EXIT, type ExitCode, WsurgeError } from '../errors.js';
import { parseProfile } from '../profile/parse.js';
import { quoted } from '../profile/problem-list.js';
import { PROTOCOL_NAMES, type ProtocolName } from '../profile/protocols.js';
import { CIS, INIT } from './flags/start.js';
import { type Ci, ciFile, profileText } from './init/init-files.js';
import { mayHoldSecret, type NewFile, refuseWhatIsThere, secretNote, writeNewFiles } from './init/new-files.js';
import { protocolProfileText } from './init/protocol-profile.js';
import type { CliIo } from './io.js';
import { readFlags } from './options/flag-values.js';

interface InitRequest {
  readonly url: string | null;
  readonly protocol: ProtocolName | null;
  readonly ci: Ci | null;
  readonly profile: string;
  readonly print: boolean;
}

/** `wsurge init`: writes a profile with comments, and a CI file. Writes both or none, and never over another file. */
export async function initCommand(argv: Readonly<Record<string, unknown>>, io: CliIo): Promise<ExitCode> {
  const request = requestOf(argv, io);
  const files = filesOf(request);
  if (request.print) {
    for (const { name, text } of files) io.stdout.write(files.length === 1 ? text : `# ${name}\n${text}\n`);
    return EXIT.passed;
  }
  refuseWhatIsThere(files, io, OTHERWISE);
  await writeNewFiles(files, io, 'wsurge init --print');
  for (const { name } of files) io.stdout.write(`wrote ${name}\n`);
  io.stdout.write(`try: wsurge run ${request.profile} --dry-run, then wsurge run ${request.profile}\n`);
  if (request.ci !== null && request.url !== null && isLocalUrl(request.url)) {
    const edit = 'set BUILD and START, which say how your server is built and started there';
    io.stdout.write(`before you commit ${files.at(-1)!.name}: ${edit}\n`);
  }
  if (request.url !== null && mayHoldSecret(request.url)) io.stderr.write(secretNote(request.profile));
  return EXIT.passed;
}

function requestOf(argv: Readonly<Record<string, unknown>>, io: CliIo): InitRequest {
  const values = readFlags(INIT, argv, io.env);
  const url = values.word('url');
  const ci = values.choice('ci', CIS, 'is no CI that is known');
  const protocol = values.choice('protocol', PROTOCOL_NAMES, 'is no protocol that is known');
  // The same message as that of `wsurge run URL`.
  if (url !== null) values.problems.push(...urlProblems(url, protocol ?? 'none'));
  const request = {
    url,
    protocol,
    ci,
    profile: values.text('output')?.value ?? 'wsurge.yaml',
    print: values.isOn('print'),
  };
  values.throwIfWrong();
  return request;
}

const OTHERWISE = 'wsurge init --output other.yaml, or wsurge init --print, which writes nothing';

function urlProblems(url: string, protocol: ProtocolName) {
  if (!looksLikeUrl(url)) {
    return [{ where: quoted(url), message: 'is no URL', hint: 'write it like ws://127.0.0.1:9001/' }];
  }
  try {
    const target = [{ kind: 'target', value: url, origin: 'URL' }] as const;
    const load = [{ connections: 1, rate: 0 }];
    const readText = () => '';
    parseProfile(
      { kind: 'flags', value: { load, protocol } },
      { env: {}, readText, overrides: target, problems: [], mentions: [] },
    );
    return [];
  } catch (error) {
    if (error instanceof WsurgeError) return error.problems;
    throw error;
  }
}

function filesOf({ url, protocol, ci, profile }: InitRequest): NewFile[] {
  const text = protocol === null ? profileText(url, profile) : protocolProfileText(protocol, url, profile);
  const own = { name: profile, text };
  return ci === null ? [own] : [own, ciFile(ci, profile, url !== null && isLocalUrl(url))];
}
