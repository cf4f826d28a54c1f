import { messageOf } from '../src/errors.js';
import type { Case, Contestant, Round, ServerUse } from './case.js';
import { DISTURBED_CORES } from './cpu.js';
import type { Machine } from './machine.js';
import { EchoServer } from './served.js';

/** The rounds of each contestant of a case, in order. */
export interface CaseRun {
  readonly engine: string | null;
  readonly contestants: readonly {
    readonly name: string;
    readonly rounds: readonly Round[];
    /** Why the contestant has no rounds; null if all went well. */
    readonly failure: string | null;
  }[];
}

export interface RoundOptions {
  readonly machine: Machine;
  readonly rounds: number;
  readonly seconds: number;
  /** Called after every round. */
  readonly onRound: (round: number, contestant: string, result: Round) => void;
  readonly onFailure: (round: number, contestant: string, failure: string) => void;
}

/**
 * The order of contestants in a round, counted from 0: forward and backward (A B, B A, ...), so that none is always
 * first.
 */
export function orderOf<T>(contestants: readonly T[], round: number): readonly T[] {
  return round % 2 === 0 ? contestants : [...contestants].reverse();
}

/** Runs all rounds of all contestants of a case. A contestant that fails is left out; the others go on. */
export async function runCase(one: Case, options: RoundOptions): Promise<CaseRun> {
  const lanes = one.contestants.map((contestant): Lane => ({ contestant, rounds: [], failure: null }));
  const servers = new Servers(one.server, options.machine);
  try {
    for (let round = 0; round < options.rounds; round++) {
      for (const lane of orderOf(lanes, round)) {
        if (lane.failure === null) await runLane(lane, round, one.repeats, servers, options);
      }
    }
  } finally {
    await servers.stop();
  }
  return {
    engine: servers.engine,
    contestants: lanes.map(({ contestant, rounds, failure }) => ({
      name: contestant.name,
      rounds: failure === null ? rounds : [],
      failure,
    })),
  };
}

interface Lane {
  readonly contestant: Contestant;
  readonly rounds: Round[];
  failure: string | null;
}

async function runLane(
  lane: Lane,
  round: number,
  repeats: number,
  servers: Servers,
  options: RoundOptions,
): Promise<void> {
  const { name } = lane.contestant;
  try {
    const result = await quietestRound(lane.contestant, repeats, servers, options);
    lane.rounds.push(result);
    options.onRound(round, name, result);
  } catch (error) {
    lane.failure = messageOf(error);
    options.onFailure(round, name, lane.failure);
  }
}

/** Repeats a round that other processes disturbed, at most `repeats` times. The least disturbed one counts. */
async function quietestRound(
  contestant: Contestant,
  repeats: number,
  servers: Servers,
  options: RoundOptions,
): Promise<Round> {
  let quietest: Round | null = null;
  for (let attempt = 0; attempt <= repeats; attempt++) {
    const result = await contestant.run({ ...options, server: await servers.next() });
    if (quietest === null || disturbance(result) < disturbance(quietest)) quietest = result;
    if (disturbance(quietest) < DISTURBED_CORES) break;
  }
  return quietest!;
}

function disturbance({ othersCores }: Round): number {
  return othersCores ?? 0;
}

/** The servers of one case: one for all rounds, a fresh one for each, or none. */
class Servers {
  readonly #use: ServerUse;
  readonly #machine: Machine;
  #current: EchoServer | null = null;
  engine: string | null = null;

  constructor(use: ServerUse, machine: Machine) {
    this.#use = use;
    this.#machine = machine;
  }

  async next(): Promise<EchoServer | null> {
    if (this.#use === 'none') return null;
    if (this.#use === 'fresh') await this.stop();
    this.#current ??= await EchoServer.start(this.#machine, this.#use === 'shared-tls', this.#use === 'shared-hub');
    this.engine = this.#current.engine;
    return this.#current;
  }

  async stop(): Promise<void> {
    await this.#current?.stop();
    this.#current = null;
  }
}
