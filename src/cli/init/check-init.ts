import { contextParts, type Looked, lookAtTarget, type Reachable } from '../../app/check-look.js';
import { CheckContext } from '../../check/context.js';
import { promisesShown, type ShownPromises } from '../../check/look/shown-promises.js';
import { foundSentence } from '../../check/outcome/sentence.js';
import { lookEndText } from '../../check/outcome/server-end.js';
import { EXIT, type ExitCode, usageError, WsurgeError } from '../../errors.js';
import { serverEndTexts } from '../../report/check/words.js';
import { sanitize } from '../../text/sanitize.js';
import type { CliIo } from '../io.js';
import { foundProfileText } from './found-profile.js';
import { mayHoldSecret, refuseWhatIsThere, secretNote, writeNewFiles } from './new-files.js';

const OTHERWISE = 'name another file';

/** Throws 104 where a profile for this target cannot be written, before anything is sent. */
export function refuseInit({ task, around }: Pick<Reachable, 'task' | 'around'>, file: string): void {
  if (task.parsed.profile.target.kind !== 'url') {
    throw usageError(
      'init_needs_url',
      '--init writes a profile for a server that is running',
      `name its URL: wsurge check --init ${file} ws://127.0.0.1:9001/`,
    );
  }
  refuseWhatIsThere([{ name: file }], around, OTHERWISE);
}

/** `wsurge check --init FILE URL`: looks at the server, writes a profile that fits and prints it. Nothing is checked. */
export async function checkInit(at: Reachable, io: CliIo, file: string): Promise<ExitCode> {
  const looked = await lookAtTarget(at);
  const { target } = at.task.parsed.profile;
  const text = profileOf(at, looked, await shownAfter(at, looked), file);
  await writeNewFiles([{ name: file, text }], io, OTHERWISE);
  io.stdout.write(`${at.redactor.text(text)}\nwrote ${file}\n`);
  if (looked.end !== null) {
    const said = sanitize(at.foreign.text(serverEndTexts([looked.end]).join(' ')), MOST_QUOTED);
    io.stderr.write(`${said}\n`);
    return EXIT.failed;
  }
  io.stdout.write(`try: wsurge check ${file}, then wsurge run ${file}\n`);
  if (target.kind === 'url' && mayHoldSecret(target.url)) io.stderr.write(secretNote(file));
  return EXIT.passed;
}

/** Longest quotation of the server in a comment, characters. */
const MOST_QUOTED = 300;

const NOTHING_SHOWN: ShownPromises = {
  subprotocol: null,
  compression: null,
  wrongPath: null,
  missingUpgrade: null,
  keepAliveMs: null,
};

/** What further handshakes show; a server that closes every connection, or that the look ended, shows nothing. */
async function shownAfter(at: Reachable, looked: Looked): Promise<ShownPromises> {
  if (looked.found.kind.name === 'closes' || looked.end !== null) return NOTHING_SHOWN;
  const context = new CheckContext({ ...contextParts(at, looked.protocol, looked), signal: at.around.signal });
  try {
    return await promisesShown(context);
  } catch (error) {
    if (at.around.signal.aborted) throw new WsurgeError(EXIT.interrupted, 'interrupted', 'stopped before any check');
    throw error;
  } finally {
    context.end();
  }
}

function profileOf({ task, foreign }: Reachable, { found, end }: Looked, shown: ShownPromises, file: string): string {
  const { target } = task.parsed.profile;
  const ended = end === null ? '' : ` ${lookEndText(end)}.`;
  const sentence = sanitize(foreign.text(`${foundSentence(found)}${ended}`), MOST_QUOTED);
  return foundProfileText({
    url: target.kind === 'url' ? target.url : '',
    subprotocols: target.subprotocols.length > 0 ? target.subprotocols : found.subprotocols,
    headerNames: Object.keys(target.headers),
    insecure: target.tls.insecure,
    sentence,
    kind: found.kind,
    spontaneous: found.unasked !== null,
    binary: found.binary,
    textEnds: found.textEnds,
    shown,
    file,
  });
}
