/** `wsurge agent`: this machine makes load for the runs of others, until it is told to end. */
import { randomBytes } from 'node:crypto';
import { totalmem } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bus } from '../bus/bus.js';
import { connectBus } from '../bus/nats.js';
import { mostConnections } from '../coordinator/preflight.js';
import { ThreadRunner } from '../coordinator/thread-runner.js';
import { Redactor } from '../documents/redaction/redact.js';
import { realClock } from '../engine/pacing/clock.js';
import { messageOf, type WsurgeError } from '../errors.js';
import { Agent, type AgentEvent } from '../fleet/agent.js';
import type { ReachOrder } from '../fleet/agent-way.js';
import { IdleWatch } from '../fleet/idle-watch.js';
import type { Offer } from '../fleet/orders.js';
import { usableCores } from '../machine/cores.js';
import { describeGenerator } from '../machine/environment.js';
import { HostLoad } from '../machine/host-load.js';
import { readLimits } from '../machine/limits.js';
import { loopbackId } from '../machine/loopback.js';
import { toolVersion } from '../machine/tool-version.js';
import { usableMemory } from '../machine/usable-memory.js';
import { sanitize } from '../text/sanitize.js';
import { formatCount, formatCounted } from '../units.js';
import type { Surroundings } from './surroundings.js';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const WORKER_PATH = path.join(HERE, '../../threads/load-worker.js');

/** What an agent is started with. */
export interface AgentTask {
  /** Absent: NATS_URL. */
  readonly nats: string | undefined;
  readonly fleet: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly once: boolean;
  /** Null: it waits for runs for ever. */
  readonly idleTimeoutMs: number | null;
  /** Null: as many as cores. */
  readonly workers: number | null;
  /** Null: what the machine grants. */
  readonly maxConnections: number | null;
  readonly maxRate: number | null;
  readonly allowedTargets: readonly string[];
  readonly localAddresses: readonly string[];
}

/** Whom it tells what: a line when it is up, and one for each run that begins or ends. */
export interface AgentLines {
  readonly say: (line: string) => void;
  readonly warn: (line: string) => void;
}

/** Resolves when the agent has ended as it should. Rejects with a WsurgeError if its broker does not let it work. */
export async function runAgent(task: AgentTask, around: Surroundings, lines: AgentLines): Promise<void> {
  const ending = new Ending(task, around.signal);
  const bus = await connected(task, around, ending, lines);
  if (bus === null) return;
  const host = new HostLoad();
  const idle = new IdleWatch(realClock, host);
  const agent = new Agent({
    bus,
    ...{ clock: realClock, fleet: task.fleet, host },
    about: about(task),
    idle: () => idle.facts(),
    way: { localAddresses: task.localAddresses, allows: task.allowedTargets, printable: wordsOf },
    makeThreads: (workers, instrumentCheck, leash) =>
      new ThreadRunner({ workers, instrumentCheck, leash, workerFile: WORKER_PATH, agent: task.name }),
    wallTime: () => new Date().toISOString(),
    onEvent: (event) => {
      lines.say(eventLine(event));
      if (event.type === 'begun') idle.stop();
      else idle.start();
      ending.heed(event);
    },
  });
  idle.start();
  const { id, offers } = agent.info();
  lines.say(`agent ${id} of the fleet ${task.fleet} is up: ${offerText(offers)}`);
  const why = await ending.reason;
  idle.stop();
  await agent.leave(typeof why === 'string' ? why : messageOf(why));
  await bus.close();
  if (typeof why !== 'string') throw why;
}

/** Null: it was told to end before there was a broker. */
async function connected(
  { nats, name }: AgentTask,
  { env, signal }: Surroundings,
  ending: Ending,
  { warn }: AgentLines,
): Promise<Bus | null> {
  try {
    return await connectBus({
      ...{ url: nats, env, signal, inboxPrefix: '_INBOX_a', name: `wsurge agent ${name}` },
      waitMs: Number.POSITIVE_INFINITY,
      onWait: (error) => warn(`waits for the broker: ${error.message}`),
      onProblem: (error) => ending.fail(error),
    });
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}

/** Why and when an agent ends. */
class Ending {
  /** A sentence, or what went wrong. */
  readonly reason: Promise<string | WsurgeError>;
  readonly #task: AgentTask;
  #settle: (reason: string | WsurgeError) => void = () => {};
  #timer: NodeJS.Timeout | null = null;

  constructor(task: AgentTask, signal: AbortSignal) {
    this.#task = task;
    this.reason = new Promise((resolve) => {
      this.#settle = resolve;
    });
    const end = () => this.#settle('the agent was told to end');
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    this.#wait();
  }

  heed({ type }: AgentEvent): void {
    if (type === 'ended' && this.#task.once) this.#settle('one run is over');
    if (type === 'ended') this.#wait();
    else if (this.#timer !== null) clearTimeout(this.#timer);
  }

  fail(error: WsurgeError): void {
    this.#settle(error);
  }

  #wait(): void {
    const { idleTimeoutMs } = this.#task;
    if (idleTimeoutMs === null) return;
    this.#timer = setTimeout(() => this.#settle('no run has come for long'), idleTimeoutMs);
    this.#timer.unref();
  }
}

function about({ name, labels, allowedTargets, ...task }: AgentTask) {
  return {
    version: toolVersion(),
    id: `${name}-${randomBytes(4).toString('hex')}`,
    ...{ name, labels, allows: allowedTargets },
    environment: describeGenerator(),
    loopback: loopbackId(),
    offers: offerOf(task),
  };
}

/** A connection takes this much, with a reserve; half of the memory is left to others. */
const BYTES_PER_CONNECTION = 30_000;

/** What this machine can do, less what its user keeps from it. */
function offerOf({
  workers: asked,
  maxConnections,
  maxRate,
  localAddresses,
}: Pick<AgentTask, 'workers' | 'maxConnections' | 'maxRate' | 'localAddresses'>): Offer {
  const workers = asked ?? usableCores();
  const memoryBytes = usableMemory(totalmem(), process.constrainedMemory());
  const connections = Math.min(
    maxConnections ?? Number.POSITIVE_INFINITY,
    mostConnections(readLimits(), { workers, localAddresses })?.connections ?? Number.POSITIVE_INFINITY,
    Math.floor(memoryBytes / 2 / BYTES_PER_CONNECTION),
  );
  return { workers, connections, perSecond: maxRate };
}

function offerText({ workers, connections, perSecond }: Offer): string {
  return [
    formatCounted(workers, 'worker'),
    ...(connections === null ? [] : [`at most ${formatCount(connections)} connections`]),
    ...(perSecond === null ? [] : [`${formatCount(perSecond)} msg/s`]),
  ].join(', ');
}

/** Makes what a server said safe to tell: it may repeat what the order of a run held. */
function wordsOf({ secrets }: ReachOrder): (text: string, most: number) => string {
  const redactor = new Redactor(secrets);
  return (text, most) => sanitize(redactor.text(text), most);
}

/** Characters of a text of a coordinator. */
const MOST_TEXT = 100;

function eventLine(event: AgentEvent): string {
  const run = `run ${sanitize(event.run, MOST_TEXT)} of ${sanitize(event.by, MOST_TEXT)}`;
  if (event.type === 'begun') return `${run} begins`;
  return `${run} ends after ${formatCounted(event.cells, 'cell')}: ${event.why}`;
}
