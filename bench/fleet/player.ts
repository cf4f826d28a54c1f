/** One process that plays many agents: it obeys orders, and tells lines that were made before, over a real broker. */
import { constants, deflateRawSync } from 'node:zlib';
import { type Bus, BusError } from '../../src/bus/bus.js';
import { sentMessage } from '../../src/bus/envelope.js';
import { answerEach, ask, type Question } from '../../src/bus/exchange.js';
import { connectBus } from '../../src/bus/nats.js';
import { type Order, type OrderContext, orderSubject, reportSubject } from '../../src/fleet/orders.js';
import type { GroupEnd } from '../../src/metrics/group-end.js';
import type { Interval } from '../../src/metrics/interval.js';
import { packLine } from '../../src/metrics/packed-line.js';
import type { Cell } from '../../src/plan/cell.js';
import { cellHash } from '../../src/plan/cell-hash.js';
import { answer, takeJob } from '../child.js';
import { endOf, lineOf } from './lines.js';
import { FLEET, FLEET_LINE, fleetCell, idOf, nameOf } from './load.js';

export interface PlayerJob {
  readonly url: string;
  readonly agents: number;
  readonly seconds: number;
}

/** `lineBytes`: of a report with one line, deflated. `repeated`: reports that had to be sent again. */
export interface PlayerAnswer {
  readonly lineBytes: number;
  readonly repeated: number;
}

const CONNECTIONS = 8;
const PATIENCE = { timeoutMs: 2000, overallMs: 120_000 };

/** Deflated text that is not compressed, with more to follow: a stored block (RFC 1951, 3.2.4). */
function stored(text: string): Buffer {
  const bytes = Buffer.from(text);
  const head = Buffer.from([0, bytes.length & 255, bytes.length >> 8, ~bytes.length & 255, (~bytes.length >> 8) & 255]);
  return Buffer.concat([head, bytes]);
}

class Player {
  readonly #cell: Cell;
  readonly #hash: string;
  /** By second: the line, and the end of a report with it, deflated by itself. Two deflated texts in a row are one. */
  readonly #lines: readonly { readonly line: ReturnType<typeof lineOf>; readonly tail: Buffer }[];
  /** Of the first agent. That of another differs in the numbers of its workers alone. */
  readonly #end: GroupEnd;
  readonly #endTail: Buffer;
  repeated = 0;
  lineBytes = 0;

  constructor({ agents, seconds }: PlayerJob) {
    this.#cell = fleetCell(agents, seconds);
    this.#hash = cellHash(this.#cell);
    this.#lines = Array.from({ length: seconds }, (_s, second) => {
      const line = lineOf(this.#cell, second);
      const {
        agent: _a,
        workers: _w,
        line: _l,
        ...packed
      } = packLine({ ...line, agent: '', workers: [0, 1], line: 0 });
      const tail = deflateRawSync(`${JSON.stringify(packed).slice(1)}]}}`, { level: constants.Z_BEST_SPEED });
      return { line, tail };
    });
    const workers = [0, FLEET_LINE.workers] as const;
    const lines = this.#lines.map(({ line }, i): Interval => ({ ...line, agent: nameOf(0), workers, line: i }));
    this.#end = endOf(this.#cell, nameOf(0), workers, lines);
    const { workers: _, results: __, ...end } = this.#end;
    const host = { cpuPercent: 160, rssBytes: 2e8, throttled: 0, steal: 0, suspendedMs: 0 };
    const bus = { reconnects: 0, sent: lines.length + 1, repeated: 0 };
    const rest = { reports: lines.length, host, bus };
    const tail = `${JSON.stringify(end).slice(1)},${JSON.stringify(rest).slice(1)}}`;
    this.#endTail = deflateRawSync(tail, { level: constants.Z_BEST_SPEED });
  }

  /** Obeys the orders to one agent. */
  play(bus: Bus, agent: number): void {
    answerEach(bus, orderSubject(FLEET, idOf(agent)), ({ body }) => {
      const { run, epoch, order } = body as OrderContext & { readonly order: Order };
      return this.#obey(bus, agent, { run, epoch }, order);
    });
  }

  #obey(bus: Bus, agent: number, context: OrderContext, order: Order): unknown {
    switch (order.kind) {
      case 'prepare':
        return { cellHash: this.#hash, planned: null, address: '127.0.0.1' };
      case 'connect': {
        const report = { kind: 'connected', call: 0, open: FLEET_LINE.connections };
        void this.#report(bus, agent, context, 'connected', report);
        return { ok: true };
      }
      case 'start':
        void this.#load(bus, agent, context, order.t0Us);
        return { ok: true };
      default:
        return { ok: true };
    }
  }

  /** Every second a line, all agents at the same instant, as whole seconds are the same for all. */
  async #load(bus: Bus, agent: number, context: OrderContext, t0Us: number): Promise<void> {
    const workers = [agent * FLEET_LINE.workers, (agent + 1) * FLEET_LINE.workers] as const;
    const sent: Promise<void>[] = [];
    for (const second of this.#lines.keys()) {
      const dueMs = t0Us / 1000 + (second + 1) * 1000 - performance.now();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs)));
      sent.push(this.#tellLine(bus, agent, context, second));
    }
    await Promise.all(sent);
    const results = this.#end.results.map((result, i) => ({ ...result, worker: workers[0] + i }));
    const head = `"kind":"done","end":{"workers":${JSON.stringify(workers)},"results":${JSON.stringify(results)},`;
    await this.#tell(bus, agent, context, 'done', head, this.#endTail);
  }

  #tellLine(bus: Bus, agent: number, context: OrderContext, second: number): Promise<void> {
    const line = JSON.stringify({
      ...{ agent: nameOf(agent), line: second },
      workers: [agent * FLEET_LINE.workers, (agent + 1) * FLEET_LINE.workers],
    });
    const head = `"kind":"lines","n":${second},"lines":[${line.slice(0, -1)},`;
    return this.#tell(bus, agent, context, `l${second}`, head, this.#lines[second]!.tail);
  }

  /** Sends a report whose head is its own, and whose tail is that of all agents: this process is not what is measured. */
  async #tell(bus: Bus, agent: number, { run, epoch }: OrderContext, id: string, head: string, tail: Buffer) {
    const about = JSON.stringify({ agent: idOf(agent), epoch });
    const body = Buffer.concat([stored(`${about.slice(0, -1)},"report":{${head}`), tail]);
    this.lineBytes = Math.max(this.lineBytes, id === 'l0' ? body.length : 0);
    const message = sentMessage({ form: 'whole', id: `${idOf(agent)}-${epoch}-${id}`, kind: 'report', body });
    for (;;) {
      try {
        await bus.request(reportSubject(FLEET, run), message, PATIENCE.timeoutMs);
        return;
      } catch (error) {
        if (!(error instanceof BusError) || error.code === 'closed') throw error;
        this.repeated++;
      }
    }
  }

  async #report(bus: Bus, agent: number, { run, epoch }: OrderContext, kind: string, report: object): Promise<void> {
    const body = { agent: idOf(agent), epoch, report };
    const question: Question = { id: `${idOf(agent)}-${epoch}-${kind}`, kind, body };
    const { tries } = await ask(bus, reportSubject(FLEET, run), question, PATIENCE);
    this.repeated += tries - 1;
  }
}

const job = takeJob<PlayerJob>();
const player = new Player(job);
const buses = await Promise.all(
  Array.from({ length: CONNECTIONS }, (_, i) =>
    connectBus({ url: job.url, env: {}, inboxPrefix: '_INBOX_a', name: `player ${i}` }),
  ),
);
for (let agent = 0; agent < job.agents; agent++) player.play(buses[agent % CONNECTIONS]!, agent);
process.stderr.write('ready\n');
process.stdin.resume();
process.stdin.once('end', () => {
  answer({ lineBytes: player.lineBytes, repeated: player.repeated } satisfies PlayerAnswer);
});
