/** `wsurge agent`: this machine makes load for the runs of others, until it is told to end. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bus } from '../bus/bus.js';
import { connectBus } from '../bus/nats.js';
import { mostConnections } from '../coordinator/preflight.js';
import { ThreadRunner } from '../coordinator/thread-runner.js';
import { Redactor } from '../documents/redaction/redact.js';
import { realClock } from '../engine/pacing/clock.js';
import { codeOf, messageOf, usageError, type WsurgeError } from '../errors.js';
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
import { KeptLines } from '../store/kept-lines.js';
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
  /** What to tell of the command line. */
  readonly notes: readonly string[];
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
  /** The folder for the lines of its workers; null: they are not kept. */
  readonly keep: string | null;
}

/** Whom it tells what: a line when it is up, and one for each run that begins or ends. */
export interface AgentLines {
  readonly say: (line: string) => void;
  readonly warn: (line: string) => void;
}

/** Resolves when the agent has ended as it should. Rejects with a WsurgeError if its broker does not let it work. */
export async function runAgent(task: AgentTask, around: Surroundings, lines: AgentLines): Promise<void> {
  await refuseForeignAddresses(task.localAddresses);
  const kept = await keptLines(task, lines);
  for (const note of notesOn(task)) lines.warn(note);
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
    keeperOf: kept === null ? null : (run) => kept.begin(run),
    wallTime: () => new Date().toISOString(),
    onEvent: (event) => {
      (event.type === 'refused' ? lines.warn : lines.say)(`${timeOfDay()} ${eventLine(event)}`);
      if (event.type === 'begun') idle.stop();
      else if (event.type === 'ended') idle.start();
      ending.heed(event);
    },
  });
  idle.start();
  const { id, offers } = agent.info();
  await bus.heard();
  if (!ending.isDue) lines.say(`agent ${id} of the fleet ${task.fleet} is up: ${offerText(offers)}`);
  const why = await ending.reason;
  idle.stop();
  await agent.leave(typeof why === 'string' ? why : messageOf(why));
  await bus.close();
  if (typeof why !== 'string') throw why;
}

async function keptLines({ keep: folder, name }: AgentTask, { warn }: AgentLines): Promise<KeptLines | null> {
  return folder === null ? null : await KeptLines.in({ folder, agent: name, warn });
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
      onAway: (why) => warn(why === null ? 'the broker is back' : `${why.message}; waits for it`),
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
  #isDue = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(task: AgentTask, signal: AbortSignal) {
    this.#task = task;
    this.reason = new Promise((resolve) => {
      this.#settle = (reason) => {
        this.#isDue = true;
        resolve(reason);
      };
    });
    const end = () => this.#settle('the agent was told to end');
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    this.#wait();
  }

  /** It has ended, or is about to. */
  get isDue(): boolean {
    return this.#isDue;
  }

  heed(event: AgentEvent): void {
    if (event.type === 'ended') {
      // A run that was refused before its first cell does not use an agent up.
      if (this.#task.once && event.cells > 0) this.#settle('one run is over');
      this.#wait();
    } else if (this.#timer !== null) clearTimeout(this.#timer);
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

/** Throws WsurgeError (104) for an address that this machine does not have: with it no connection would open. */
async function refuseForeignAddresses(addresses: readonly string[]): Promise<void> {
  for (const host of addresses) {
    const error = await bindError(host);
    if (error === null) continue;
    const next = 'name addresses of this machine: ip address shows them';
    throw usageError('no_local_address', `--local-addresses: this machine does not have ${host} (${error})`, next);
  }
}

/** The code with which the system refuses an address; null if it takes it. */
function bindError(host: string): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(codeOf(error) ?? messageOf(error)));
    server.listen({ host, port: 0 }, () => server.close(() => resolve(null)));
  });
}

/** What its user should know before it works. */
function notesOn({ notes, workers }: AgentTask): string[] {
  const cores = usableCores();
  if (workers === null || workers <= cores) return [...notes];
  const more = `${formatCounted(workers, 'worker')} are more than the ${formatCounted(cores, 'core')} of this machine`;
  return [...notes, `${more}: they will wait for each other, and runs may be INVALID`];
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
  switch (event.type) {
    case 'begun':
      return `${run} begins`;
    case 'refused':
      return `${run} is refused: ${sanitize(event.why, MOST_WHY)}`;
    case 'cell':
      return `${run} loads ${sanitize(event.url, MOST_WHY)}: ${loadText(event)}`;
    case 'ended':
      break;
  }
  return `${run} ends after ${formatCounted(event.cells, 'cell')}: ${event.why}`;
}

const MOST_WHY = 300;

function loadText({ connections, perSecond, seconds }: Extract<AgentEvent, { type: 'cell' }>): string {
  const rate = perSecond === null ? 'as fast as it answers' : `${formatCount(Math.ceil(perSecond))} msg/s`;
  return `${formatCounted(connections, 'connection')}, ${rate}, for ${formatCount(Math.ceil(seconds))} s`;
}

/** `14:03:59`, of this machine. */
function timeOfDay(): string {
  return new Date().toTimeString().slice(0, 8);
}
