import type { Cell } from '../../src/plan/cell.js';
import { pacerOf } from '../../src/plan/pacer.js';
import type { Pacing } from '../../src/plan/pacing.js';
import { seedOf } from '../../src/stats/rng.js';
import { cellWith } from '../plan/cell-builder.js';
import { dispersion } from './dispersion.js';
import { type Experiment, exactly, type Finding, finding } from './experiment.js';
import { runLibrary } from './library-run.js';
import { runTapped } from './tapped-run.js';

const RATES = [10, 100, 1000, 5000, 20_000];
const ARRIVALS = ['constant', 'poisson'] as const;
const SECONDS = 5;
const TAPPED_SECONDS = 10;
const SEED = 1;
const CONNECTIONS = { from: 50, to: 50 };

export const offeredLoad: Experiment = {
  id: 'L7',
  title: 'The load that is really sent',
  truth:
    `Every rate from 10 to 20,000 messages a second for ${SECONDS} s on 50 connections: what was planned is what the plan holds, all of it was sent, and none before its instant (a negative lag would be clamped). ` +
    `At 1,000 a second for ${TAPPED_SECONDS} s a tap on the connections sees when each write was made: the earliest is not before its instant, and where a metronome or a spinning loop wakes the worker, ` +
    'counts in bins of 10 ms vary as those of the plan do.',
  run: async () => {
    const findings: Finding[] = [];
    for (const arrival of ARRIVALS) findings.push(...(await offered(arrival)));
    for (const pacing of ['metronome', 'spin'] as const) {
      for (const arrival of ARRIVALS) findings.push(...(await tapped(pacing, arrival)));
    }
    return findings;
  },
};

async function offered(arrival: Cell['arrival']): Promise<Finding[]> {
  const load = [{ name: arrival, connections: CONNECTIONS.to, arrival, sweep: { rate: RATES } }];
  const { cells } = await runLibrary('null', { load, seed: SEED, warmup: '0s', duration: `${SECONDS}s` });
  const findings: Finding[] = [];
  let unlikePlan = 0;
  let early = 0;
  for (const { id, axes, flows } of cells) {
    const { planned, sent, clamped } = flows[0]!.messages;
    const rate = axes.rate!;
    const span = { from: rate, to: rate };
    const plan = { warmupMs: 0, durationMs: SECONDS * 1000, seed: seedOf(SEED, id) };
    const due = dueInstants(cellWith({ arrival, connections: CONNECTIONS, rate: span, ...plan })).length;
    if (planned !== due) unlikePlan++;
    early += clamped;
    findings.push(exactly(`${arrival} ${rate}/s: sent`, 'messages', due, sent));
  }
  return [
    ...findings,
    exactly(`${arrival}: cells with another plan`, 'cells', 0, unlikePlan),
    exactly(`${arrival}: sent before their instant`, 'messages', 0, early),
  ];
}

async function tapped(pacing: Pacing, arrival: Cell['arrival']): Promise<Finding[]> {
  const cell = cellWith({
    arrival,
    connections: CONNECTIONS,
    rate: { from: 1000, to: 1000 },
    warmupMs: 0,
    durationMs: TAPPED_SECONDS * 1000,
    seed: SEED,
  });
  const { messages } = await runTapped(cell, { faults: 'null', pacing });
  const lagsUs = messages.map(({ sentUs, intendedUs }) => sentUs - intendedUs);
  const sinceT0Us = messages.map(({ dueUs }, i) => dueUs + lagsUs[i]!);
  const asPlanned = arrival === 'constant' ? dispersion(dueInstants(cell), TAPPED_SECONDS) : 1;
  const name = `${pacing}, ${arrival}`;
  const allowed = arrival === 'constant' ? { below: 0, above: 0.2 } : { below: 0.1, above: 0.1 };
  return [
    finding(`${name}: earliest send after its instant`, 'ms', 0, Math.min(...lagsUs) / 1000, { below: 0, above: 1 }),
    finding(`${name}: dispersion of sends`, '', asPlanned, dispersion(sinceT0Us, TAPPED_SECONDS), allowed),
  ];
}

/** When the messages of a cell are due, us from t0. */
function dueInstants(cell: Cell): number[] {
  const instants: number[] = [];
  const cursor = pacerOf(cell).cursor(0, 1);
  for (let dueUs = cursor.next(); dueUs !== Number.POSITIVE_INFINITY; dueUs = cursor.next()) instants.push(dueUs);
  return instants;
}
