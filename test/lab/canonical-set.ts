import type { Answer } from '../engine/fake-server.js';
import { runEngine } from '../engine/run-engine.js';
import { cellWith } from '../plan/cell-builder.js';
import { type Experiment, type Finding, finding } from './experiment.js';

const RATE_PER_SECOND = 100;
const STALL_MS = 100_000;
const MESSAGES = (2 * STALL_MS * RATE_PER_SECOND) / 1000;
const REPLY_MS = 1;
const TOLERANCE = 0.001;

/** The example that HdrHistogram's documentation explains coordinated omission with, once for each side that may stall. */
export const canonicalSet: Experiment = {
  id: 'L2',
  title: 'A hundred good seconds, then a stall of a hundred',
  truth:
    'The engine on a manual clock sends 100 messages a second for 200 s to a server that answers in 1 ms. After 100 s the server stops answering until the end, then answers everything at once; ' +
    'in a second run the generator itself stands still that long. By schedule half of the messages took 1 ms and the other half 0.01 s to 100 s, evenly. ' +
    'A generator that waits for replies, or counts from the sending, would see one slow message in 10,001, or none.',
  run: async () => [...(await stalled('server', 0)), ...(await stalled('generator', REPLY_MS))],
};

/** `after`: what a message takes once the stall is over, ms. */
async function stalled(side: 'server' | 'generator', after: number): Promise<Finding[]> {
  const quantiles = await responseUs(side);
  const answers = Array.from({ length: MESSAGES }, (_, i) =>
    i < MESSAGES / 2 ? REPLY_MS : STALL_MS - ((i - MESSAGES / 2) * 1000) / RATE_PER_SECOND + after,
  );
  const meanMs = answers.reduce((sum, ms) => sum + ms, 0) / MESSAGES;
  return [
    near(`${side} stalls: p50`, REPLY_MS, quantiles.p50),
    near(`${side} stalls: p75`, STALL_MS / 2 + after, quantiles.p75),
    near(`${side} stalls: p90`, 0.8 * STALL_MS + after, quantiles.p90),
    near(`${side} stalls: mean`, meanMs, quantiles.mean),
    near(`${side} stalls: max`, STALL_MS + after, quantiles.max),
  ];
}

async function responseUs(side: 'server' | 'generator') {
  const timeoutMs = 2 * STALL_MS;
  const cell = cellWith({
    connections: { from: 10, to: 10 },
    rate: { from: RATE_PER_SECOND, to: RATE_PER_SECOND },
    warmupMs: 0,
    durationMs: 2 * STALL_MS,
    drainMs: timeoutMs,
    reply: { match: 'sequence', field: 'sequence', echo: { kind: 'full' }, timeoutMs },
  });
  let sinceT0Ms = () => 0;
  const answer = (): Answer[] => {
    const nowMs = sinceT0Ms();
    const isStalled = side === 'server' && nowMs >= STALL_MS;
    return [{ afterMs: isStalled ? 2 * STALL_MS - nowMs : REPLY_MS }];
  };
  const { result } = await runEngine(cell, { answer }, ({ clock, t0Us }) => {
    sinceT0Ms = () => (clock.nowUs() - t0Us) / 1000;
    if (side === 'generator') clock.after(STALL_MS - sinceT0Ms(), () => clock.stall(STALL_MS * 1000));
  });
  return result.flows[0]!.latencyUs.response!;
}

function near(what: string, truthMs: number, reportedUs: number | null): Finding {
  const allowed = truthMs * TOLERANCE;
  return finding(what, 'ms', truthMs, reportedUs === null ? null : reportedUs / 1000, {
    below: allowed,
    above: allowed,
  });
}
