import { formatDuration } from '../../units.js';
import { Bystanders } from '../bystanders.js';
import { judged, type Outcome, skipped } from '../check.js';
import type { CheckContext } from '../context.js';
import { usableProblem } from '../echo.js';
import { naming } from '../fault.js';
import { encodeFrame, OPCODE, type RawSocket } from '../raw-socket.js';
import { endedText } from '../server-list.js';
import { unhandledIn } from '../unhandled.js';

/** How long a server may take to end a connection that sent garbage. Then the check resets the connection. */
const BROKEN_OFF_MS = 50;
/** How long a server may take to print something about it. */
const PRINT_MS = 200;
const NOISE_BYTES = 512;
const SENT = 'random bytes, half handshakes, broken frames, each on a connection of its own that is then reset';

/** 8.11 */
export async function garbageLogged(context: CheckContext): Promise<Outcome> {
  const { process } = context;
  const log = process?.log ?? null;
  if (process === null || log === null) {
    return skipped('what the server prints is not seen: let wsurge start it (target.command of the profile)');
  }
  // By now the server has printed everything about earlier checks.
  const { mark } = log;
  await throwGarbage(context);
  await context.sleep(PRINT_MS);
  const found = unhandledIn(log.since(mark));
  return judged([process.exited() === null ? null : endedText(process), found], {
    sent: SENT,
    expected: `no unhandled error and no stack trace on stdout or stderr within ${formatDuration(PRINT_MS)}`,
    received: found ?? 'none',
  });
}

/** 8.12 */
export async function garbageSurvived(context: CheckContext): Promise<Outcome> {
  const bystanders = await Bystanders.open(context, 1);
  await throwGarbage(context);
  const { process } = context;
  const hasEnded = process !== null && process.exited() !== null;
  const problems = [
    hasEnded ? endedText(process) : null,
    await bystanders.problem(),
    hasEnded ? null : await usableProblem(context, await context.open()),
  ];
  return judged(problems, {
    sent: SENT,
    expected: 'the server runs on: an older connection and a new one work',
    received: problems.find((problem) => problem !== null) ?? 'both work',
  });
}

type Garbage = readonly [what: string, bytes: Buffer | string];

async function throwGarbage(context: CheckContext): Promise<void> {
  const noise = Buffer.from(Array.from({ length: NOISE_BYTES }, () => Math.floor(context.rng.next() * 256)));
  const beginnings: readonly Garbage[] = [
    ['random bytes', noise],
    ['half a handshake', 'GET / HTTP/1.1\r\nUpgrade: websocket\r\n'],
    ['a handshake without end', `GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(20)}`],
    ['empty lines', '\r\n\r\n'],
  ];
  const frames: readonly Garbage[] = [
    ['random bytes after the handshake', noise],
    ['a close frame of one byte', encodeFrame({ opcode: OPCODE.close, payload: Buffer.from([0]) })],
    ['a reserved opcode', encodeFrame({ opcode: 15 })],
  ];
  const tried: string[] = [];
  for (const [what, bytes] of [...beginnings, ...frames]) {
    const isFrame = frames.some(([each]) => each === what);
    const raw = await naming(tried, 'the server runs on', async () => {
      const opened = await context.raw();
      if (isFrame) await opened.handshake(context.replyMs);
      return opened;
    });
    tried.push(what);
    await sentAndReset(raw, bytes);
  }
}

async function sentAndReset(raw: RawSocket, bytes: Buffer | string): Promise<void> {
  raw.write(bytes);
  await raw.over(BROKEN_OFF_MS);
  raw.reset();
}
