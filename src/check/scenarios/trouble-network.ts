import { formatCount, formatDuration } from '../../units.js';
import { Bystanders } from '../bystanders.js';
import { judged, type Outcome, skipped, type TitleFacts } from '../check.js';
import type { CheckContext } from '../context.js';
import { exchange, messageOn, usableProblem } from '../echo.js';
import { asks, promised } from '../expectations.js';
import { shownClose } from '../received.js';
import { GONE_MS, ServerList, serverList } from '../server-list.js';
import { withProxy } from '../via-proxy.js';

const HALF_OPEN_MS = 500;
const SLOW_BYTES_PER_SECOND = 100_000;
const SLOW_CONTENT_BYTES = 20_000;
/** A server needs two intervals to notice that a ping is not answered. The third is tolerance. */
const DEAD_INTERVALS = 3;
/** Longest wait until the server drops a dead client. */
const LONGEST_WAIT_MS = { full: 45_000, quick: 4500 } as const;
const SLICED_CONTENT = 'ein Stück nach dem anderen 🧩';

/** 8.1 */
export async function reset(context: CheckContext): Promise<Outcome> {
  return await withProxy(context, async (proxy) => {
    const bystanders = await Bystanders.open(context);
    const list = await serverList(context);
    const before = (await list?.steady()) ?? null;
    const sockets = await Promise.all(Array.from({ length: 5 }, () => context.open({ via: proxy })));
    for (const socket of sockets) {
      if (asks(context.expects)) socket.send(messageOn(context, socket, 'on its way').text);
    }
    proxy.reset();
    for (const socket of sockets) await socket.closed(context.replyMs);
    const after = before === null ? null : await list!.downTo(before);
    return judged(
      [
        await bystanders.problem(),
        after === null || before === null || after <= before
          ? null
          : `${after} connections are on the server's list, ${before} before`,
      ],
      {
        sent: '5 connections with a message each, all reset on both sides',
        expected: `the other clients get their answers${before === null ? '' : `, and the dead connections leave the list within ${formatDuration(GONE_MS)}`}`,
        received: after === null ? 'the server does not tell its list' : `${after} on the list, ${before} before`,
      },
    );
  });
}

/** 8.2 */
export async function halfOpen(context: CheckContext): Promise<Outcome> {
  const { keepAliveMs } = context.expects;
  // Shorter than the time after which a client counts as dead.
  const holdMs = keepAliveMs === null ? HALF_OPEN_MS : Math.min(HALF_OPEN_MS, keepAliveMs / 3);
  return await withProxy(context, async (proxy) => {
    const bystanders = await Bystanders.open(context);
    const socket = await context.open({ via: proxy });
    proxy.setMode({ kind: 'half-open' });
    const sent = asks(context.expects) ? messageOn(context, socket, 'through a broken line') : null;
    if (sent !== null) socket.send(sent.text);
    const early = await socket.listen(holdMs);
    const others = await bystanders.problem();
    proxy.setMode({ kind: 'pass' });
    const came = sent === null ? [] : await socket.collect(1, context.replyMs);
    const answer = sent === null ? '' : `; the message is answered within ${formatDuration(context.replyMs)} of that`;
    return judged(
      [
        others,
        sent === null || came.length === 1
          ? null
          : `the message did not arrive once the line was whole again: ${shownClose(socket.ending)}`,
        await usableProblem(context, socket),
      ],
      {
        sent: `${sent === null ? 'nothing' : 'a message'} into a line on which nothing passes for ${formatDuration(holdMs)}`,
        expected: `the other clients get their answers, and the connection works once the line is whole again${answer}`,
        received: `${early.length} replies in between, ${came.length} afterwards`,
      },
    );
  });
}

/** How long a dead client may stay on the list, ms. */
const deadAfterMs = (keepAliveMs: number) => keepAliveMs * DEAD_INTERVALS + HALF_OPEN_MS;

export function deadPeerTitle({ expects: { keepAliveMs } }: TitleFacts): string {
  return `a dead client is dropped${keepAliveMs === null ? '' : ` within ${formatDuration(deadAfterMs(keepAliveMs))}`}`;
}

/** 8.3 */
export async function deadPeer(context: CheckContext): Promise<Outcome> {
  const keepAliveMs = promised(context.expects, 'keepAliveMs');
  const waitMs = deadAfterMs(keepAliveMs);
  const longestMs = context.waitMs(LONGEST_WAIT_MS.full, LONGEST_WAIT_MS.quick) + HALF_OPEN_MS;
  if (waitMs > longestMs) {
    const most = `${formatDuration(longestMs)}${context.quick ? ' with --quick' : ''}`;
    return skipped(
      `it would take ${formatDuration(waitMs)}, since the server pings every ${formatDuration(keepAliveMs)}; this check waits at most ${most}`,
    );
  }
  return await withProxy(context, async (proxy) => {
    const list = await ServerList.open(context);
    const before = await list.steady();
    const startMs = performance.now();
    await context.open({ via: proxy });
    proxy.setMode({ kind: 'half-open' });
    const after = await list.downTo(before, waitMs);
    const isGone = after <= before;
    return judged([isGone ? null : `after ${formatDuration(waitMs)} a dead connection is still on the server's list`], {
      sent: 'a connection whose line is cut without a word',
      expected: `gone from the list within ${formatDuration(waitMs)}: ${DEAD_INTERVALS} intervals of ${formatDuration(keepAliveMs)}, and a little`,
      received: `${after} on the list, ${before} before`,
      measured: isGone ? [{ name: 'dead client dropped', value: performance.now() - startMs, unit: 'ms' }] : [],
    });
  });
}

const slowBytes = ({ largestBytes }: TitleFacts['expects']) => Math.min(SLOW_CONTENT_BYTES, largestBytes);

export function throttledTitle({ expects }: TitleFacts): string {
  const what =
    expects.requests === null ? `${formatCount(slowBytes(expects))} characters come back` : 'a request is answered';
  return `${what} over a line of ${formatCount(SLOW_BYTES_PER_SECOND)} bytes a second`;
}

/** 8.4 */
export async function throttled(context: CheckContext): Promise<Outcome> {
  return await withProxy(context, async (proxy) => {
    proxy.setMode({ kind: 'throttle', bytesPerSecond: SLOW_BYTES_PER_SECOND });
    const socket = await context.open({ via: proxy });
    const content = 'x'.repeat(slowBytes(context.expects));
    const asked =
      context.expects.requests === null ? `a message of ${formatCount(content.length)} characters` : 'a request';
    // Both ways.
    const lineMs = (2 * content.length * 1000) / SLOW_BYTES_PER_SECOND;
    const { problem, tookMs } = await exchange(context, socket, content, context.replyMs + lineMs);
    return judged([problem], {
      sent: `${asked} over a line of ${formatCount(SLOW_BYTES_PER_SECOND)} bytes a second`,
      expected: `the whole message comes back within ${formatDuration(context.replyMs + lineMs)}`,
      received: problem ?? 'the whole message',
      measured: [{ name: 'reply over a slow line', value: tookMs, unit: 'ms' }],
    });
  });
}

/** 8.5 */
export async function sliced(context: CheckContext): Promise<Outcome> {
  return await withProxy(context, async (proxy) => {
    proxy.setMode({ kind: 'slice', bytes: 1 });
    const socket = await context.open({ via: proxy });
    const { problem } = await exchange(context, socket, SLICED_CONTENT);
    return judged([problem, await usableProblem(context, socket)], {
      sent: 'the handshake and a message, each byte in a packet of its own',
      expected: 'the connection opens and the message comes back',
      received: problem ?? 'the whole message',
    });
  });
}
