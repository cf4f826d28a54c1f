import type { Cell } from '../../src/plan/cell.js';
import { pacerOf } from '../../src/plan/pacer.js';
import { cellWith } from '../plan/cell-builder.js';
import { dispersion } from './dispersion.js';
import { type Experiment, exactly, type Finding, finding } from './experiment.js';

const RATES = [10, 100, 1000, 5000, 20_000];
const SECONDS = 20;
const WORKERS = 3;
/** From here on a bin of 10 ms holds enough messages to look at. */
const DISPERSED_FROM = 1000;
/** Two-sided 0.1 % of the normal distribution. */
const Z = 3.3;

export const plannedLoad: Experiment = {
  id: 'L7',
  title: 'The plan of a load',
  truth:
    `Every message that the plan holds for ${SECONDS} s, over ${WORKERS} workers. Constant arrivals are R times the duration, to the message, and evenly spaced; Poisson arrivals are as many within 3.3 standard deviations, ` +
    'and their counts in bins of 10 ms vary as much as Poisson counts do: variance over mean is 1, of constant arrivals 0.',
  run: async () => RATES.flatMap((rate) => [...constant(rate), ...poisson(rate)]),
};

function constant(rate: number): Finding[] {
  const dueUs = dueInstants(cellAt(rate, 'constant'));
  const count = exactly(`constant ${rate}/s: planned`, 'messages', rate * SECONDS, dueUs.length);
  if (rate < DISPERSED_FROM) return [count];
  return [
    count,
    finding(`constant ${rate}/s: dispersion`, '', 0, dispersion(dueUs, SECONDS), { below: 0, above: 0.2 }),
  ];
}

function poisson(rate: number): Finding[] {
  const dueUs = dueInstants(cellAt(rate, 'poisson'));
  const spread = Z * Math.sqrt(rate * SECONDS);
  const allowed = { below: spread, above: spread };
  const count = finding(`Poisson ${rate}/s: planned`, 'messages', rate * SECONDS, dueUs.length, allowed);
  if (rate < DISPERSED_FROM) return [count];
  const tenth = { below: 0.1, above: 0.1 };
  return [count, finding(`Poisson ${rate}/s: dispersion`, '', 1, dispersion(dueUs, SECONDS), tenth)];
}

function cellAt(rate: number, arrival: Cell['arrival']): Cell {
  return cellWith({
    arrival,
    connections: { from: 50, to: 50 },
    rate: { from: rate, to: rate },
    warmupMs: 0,
    durationMs: SECONDS * 1000,
  });
}

/** When the messages of all workers are due, us from t0. */
function dueInstants(cell: Cell): number[] {
  const all: number[] = [];
  for (let worker = 0; worker < WORKERS; worker++) {
    const cursor = pacerOf(cell).cursor(worker, WORKERS);
    for (let dueUs = cursor.next(); dueUs !== Number.POSITIVE_INFINITY; dueUs = cursor.next()) all.push(dueUs);
  }
  return all;
}
