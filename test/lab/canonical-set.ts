import type { Answer } from '../engine/fake-server.js';
import { runEngine } from '../engine/run-engine.js';
import { cellWith } from '../plan/cell-builder.js';
import { type Experiment, type Finding, finding } from './experiment.js';

const RATE_PER_SECOND = 100;
const STALL_MS = 100_000;
const MESSAGES = (2 * STALL_MS * RATE_PER_SECOND) / 1000;
const REPLY_MS = 1;
const TOLERANCE = 0.001;

/** The example that HdrHistogram's documentation explains coordinated omission with. */
export const canonicalSet: Experiment = {
  id: 'L2',
  title: 'A hundred good seconds, then a stall of a hundred',
  truth:
    'The engine on a manual clock sends 100 messages a second for 200 s to a server that answers in 1 ms for 100 s, then not at all for 100 s, then everything at once. ' +
    'By schedule half of the messages took 1 ms and the other half 0.01 s to 100 s, evenly. A generator that waits for replies would see one slow message in 10,001.',
  run: async () => {
    const quantiles = await responseUs();
    const answers = Array.from({ length: MESSAGES }, (_, i) =>
      i < MESSAGES / 2 ? REPLY_MS : STALL_MS - ((i - MESSAGES / 2) * 1000) / RATE_PER_SECOND,
    );
    const meanMs = answers.reduce((sum, ms) => sum + ms, 0) / MESSAGES;
    return [
      near('p50', 1, quantiles.p50),
      near('p75', 50_000, quantiles.p75),
      near('p90', 80_000, quantiles.p90),
      near('mean', meanMs, quantiles.mean),
      near('max', STALL_MS, quantiles.max),
    ];
  },
};

async function responseUs() {
  const cell = cellWith({
    connections: { from: 10, to: 10 },
    rate: { from: RATE_PER_SECOND, to: RATE_PER_SECOND },
    warmupMs: 0,
    durationMs: 2 * STALL_MS,
    drainMs: 2 * STALL_MS,
    reply: { match: 'sequence', field: 'sequence', echo: { kind: 'full' }, timeoutMs: 2 * STALL_MS },
  });
  let sinceT0Ms = () => 0;
  const answer = (): Answer[] => {
    const nowMs = sinceT0Ms();
    return [{ afterMs: nowMs < STALL_MS ? REPLY_MS : 2 * STALL_MS - nowMs }];
  };
  const { result } = await runEngine(cell, { answer }, ({ clock, t0Us }) => {
    sinceT0Ms = () => (clock.nowUs() - t0Us) / 1000;
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
