import type { Wire } from '../dialect/wire.js';
import type {
  Arrival,
  Lifetime,
  MessageSpec,
  Model,
  ReceiveLimits,
  ReconnectSpec,
  ReplySpec,
  Span,
  TimedEvent,
  TlsOptions,
} from '../profile/profile.js';
import { slowOf } from '../profile/resolve-slow.js';
import type { Reuse, Used } from './hand-out.js';
import { MODELS } from './models.js';
import type { Pacing } from './pacing.js';
import type { Rows } from './rows.js';

/** Phases of a cell that messages belong to, by their intended instant. */
export const PHASES = ['warmup', 'measure'] as const;
export type Phase = (typeof PHASES)[number];

/** Messages due before the end may still be sent this long after it. The rest counts as `unsentAtStop`. */
export const GRACE_MS = 100;

/** One load under one set of axis values: everything needed to run it, nothing about how. Plain data. */
export interface Cell {
  /** `load/axes`, e.g. `concurrency/c1000-r1000`; unique in a plan. */
  readonly id: string;
  /** Of a null twin, the id of the cell that it repeats against an echo; absent for the cells of a plan. */
  readonly twinOf?: string;
  readonly load: string;
  readonly model: Model;
  readonly arrival: Arrival;
  /** Connections over the measure phase. A ramp only rises. */
  readonly connections: Span;
  /** Total messages per second over the measure phase; null for closed and listen. */
  readonly rate: Span | null;
  /** The axis values shown in tables. */
  readonly axes: { readonly connections: number; readonly rate: number | null };
  readonly inFlight: number;
  readonly thinkMs: number;
  readonly message: MessageSpec;
  readonly reply: ReplySpec;
  readonly warmupMs: number;
  readonly durationMs: number;
  readonly drainMs: number;
  readonly connectRate: number;
  readonly connectTimeoutMs: number;
  readonly maxInFlight: number;
  /** Seeds the arrivals and sizes of this cell; made of the profile's seed and the cell's id. */
  readonly seed: number;
  /** How long connections live before they are replaced; null if they stay open. */
  readonly lifetime: Lifetime | null;
  readonly reconnect: ReconnectSpec;
  /** How often each connection is pinged; absent for no pings. */
  readonly keepAliveMs?: number;
  /** Each connection is counted by itself as well; absent if not. */
  readonly fairness?: true;
  /** In the order in which they happen; `atMs` counts from the start of the measure phase. Empty for a steady load. */
  readonly events: readonly TimedEvent[];
  /** What its connections say and hear beside `message`; absent if the profile has none of the words for it. */
  readonly wire?: Wire;
  /** The pacing of this cell if it differs from the run's: a step of a search may need a finer one. */
  readonly pacing?: Pacing | undefined;
}

/** An HTTP proxy that opens tunnels, resolved. */
export interface ProxyHop {
  /** As the user named it, without brackets. */
  readonly host: string;
  /** The IP address it resolved to. */
  readonly address: string;
  readonly port: number;
  /** The value of Proxy-Authorization; null for none. A secret. */
  readonly authorization: string | null;
}

/** Where and how to connect, resolved once before the run. Plain data, sent to every worker. */
export interface Endpoint {
  /** ws, wss or ws+unix; may hold per-connection tokens. */
  readonly url: string;
  /** The IP address the host resolved to, or null to leave it to the socket (unix sockets). */
  readonly address: string | null;
  /** If the target has several addresses: connection c goes to address c mod their number. Absent if it has one. */
  readonly addresses?: readonly string[];
  /** Connections go through this proxy, which resolves the host itself; absent for none. */
  readonly proxy?: ProxyHop;
  readonly headers: Readonly<Record<string, string>>;
  readonly subprotocols: readonly string[];
  readonly tls: TlsOptions;
  /** Connection c of a machine (`numberHere`) leaves from address c mod their number. If absent, the system chooses. */
  readonly localAddresses?: readonly string[];
  /** Absent for the usual limits. */
  readonly receive?: ReceiveLimits;
  readonly userAgent: string;
}

/**
 * One worker's exact part of a cell: the connections c with c mod workers = worker. Example: of 5 connections, worker 0
 * of 2 has 0, 2 and 4, and worker 1 has 1 and 3. What a connection does depends on its number alone, never on the
 * worker.
 */
export interface Shard {
  readonly cell: Cell;
  readonly worker: number;
  readonly workers: number;
  /** The workers of its machine: `from` up to, but not with, `to`. Absent: all of them. */
  readonly machine?: { readonly from: number; readonly to: number };
  readonly endpoint: Endpoint;
  /** Where the path of a script begins if it is relative; absent for the working folder. */
  readonly folder?: string;
  /** Values for `{{env.X}}`. */
  readonly env: Readonly<Record<string, string>>;
  /** Values for `{{data.x}}`: at least those of its connections. Absent: the run has no rows. */
  readonly rows?: Rows;
  /** Whether a row may be used again; absent for `cycle`. */
  readonly reuse?: Reuse;
  /** What the cells before have used; absent for nothing. */
  readonly used?: Used;
  readonly pacing: Pacing;
  /** The longest time, ms, to which the measured time may be extended while the cell runs; absent if it may not be. */
  readonly longestMs?: number;
}

/** The cell of a shard at its longest possible duration. Messages and instants are drawn for that duration. */
export function longestCell({ cell, longestMs }: Shard): Cell {
  return longestMs === undefined || longestMs <= cell.durationMs ? cell : { ...cell, durationMs: longestMs };
}

/** The largest number of connections a cell ever has open. */
export function peakConnections(cell: Cell): number {
  return Math.max(cell.connections.from, cell.connections.to);
}

/** Connections from this number on read slowly: the last ones. Infinity if none does. */
export function firstSlow(cell: Cell): number {
  const { slow } = cell.wire ?? {};
  if (slow === undefined) return Number.POSITIVE_INFINITY;
  const connections = peakConnections(cell);
  return connections - slowOf(connections, slow.share);
}

/** How many of the cell's connections send: the first ones. The others only listen. */
export function sendingConnections(cell: Cell): number {
  return Math.min(peakConnections(cell), firstSlow(cell), cell.wire?.senders ?? Number.POSITIVE_INFINITY);
}

/** Longer than the timeout of deliveries, so that every worker has closed what was sent to many. */
const CLOSING_MS = 1000;

/** The longest time to wait at the end of a cell for what is on its way. */
export function longestDrainMs({ drainMs, wire }: Pick<Cell, 'drainMs' | 'wire'>): number {
  const deliver = wire?.deliver;
  return deliver === undefined ? drainMs : Math.max(drainMs, deliver.timeoutMs + CLOSING_MS);
}

/** How many connections of its cell a shard has. */
export function ownedConnections({ cell, worker, workers }: Pick<Shard, 'cell' | 'worker' | 'workers'>): number {
  const connections = peakConnections(cell);
  return worker < connections ? Math.ceil((connections - worker) / workers) : 0;
}

/** How many workers the machine of a shard has. */
export function workersHere({ machine, workers }: Pick<Shard, 'machine' | 'workers'>): number {
  return machine === undefined ? workers : machine.to - machine.from;
}

/** How many connections of its cell the machine of a shard has. */
export function connectionsHere({ cell, machine, workers }: Pick<Shard, 'cell' | 'machine' | 'workers'>): number {
  const connections = peakConnections(cell);
  return machine === undefined ? connections : firstHere(connections, machine, workers);
}

/** How many of the first `count` connections of a cell belong to some of the workers. */
export function firstHere(count: number, { from, to }: NonNullable<Shard['machine']>, workers: number): number {
  const further = Math.min(to, Math.max(from, count % workers)) - from;
  return (to - from) * Math.floor(count / workers) + further;
}

/**
 * The number of a connection among those of the shard's machine, which are numbered anew from 0, in order. Example: of 6
 * workers a machine has 2 and 3, so its connections 2, 3, 8, 9 have the numbers 0 to 3.
 */
export function numberHere({ machine, workers }: Pick<Shard, 'machine' | 'workers'>, connection: number): number {
  if (machine === undefined) return connection;
  const { from, to } = machine;
  return Math.floor(connection / workers) * (to - from) + (connection % workers) - from;
}

/** The highest total message rate of a cell, per second; null if replies set the pace. */
export function peakRate(cell: Cell): number | null {
  return cell.rate === null ? null : Math.max(cell.rate.from, cell.rate.to);
}

/** True if connections are replaced, cut by an event, or tried again when lost, while the load runs. */
export function hasChurn({ lifetime, reconnect, events }: Cell): boolean {
  return lifetime !== null || reconnect.policy !== 'never' || events.length > 0;
}

/** True if a connection is not open at once: steps of a session, or a script, come first. */
export function hasSession({ wire }: Pick<Cell, 'wire'>): boolean {
  return wire !== undefined && (wire.steps.length > 0 || wire.script !== null);
}

/** True if replies are matched to the messages that they answer. Only then does a message have a latency. */
export function isMatched({ model, reply }: Pick<Cell, 'model' | 'reply'>): boolean {
  return MODELS[model].sends && reply.match !== 'none';
}

/** True if some requests of the cell have no reply of their own, while others may. */
export function hasSilent({ wire, ...cell }: Pick<Cell, 'model' | 'reply' | 'wire'>): boolean {
  return isMatched(cell) && (wire?.requests ?? []).some(({ silent }) => silent === true);
}

/** True if replies are matched, and any message has one. */
export function hasReplies({ wire, ...cell }: Pick<Cell, 'model' | 'reply' | 'wire'>): boolean {
  const requests = wire?.requests ?? [];
  return isMatched(cell) && (requests.length === 0 || requests.some(({ silent }) => silent !== true));
}

/** True if connections or rate change during the cell. Such a cell is reported per second, never as one row. */
export function isRamp(cell: Cell): boolean {
  return cell.connections.from !== cell.connections.to || (cell.rate !== null && cell.rate.from !== cell.rate.to);
}
