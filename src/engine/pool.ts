import { codeOf } from '../errors.js';
import type { ConnectionCounts, ErrorCount } from '../metrics/interval.js';
import type { Recorder } from '../metrics/recorder.js';
import { numberHere, type Shard } from '../plan/cell.js';
import { connectStart } from '../plan/connects.js';
import type { RowBook } from '../plan/hand-out.js';
import type { ConnectionPolicy } from './churn/policy.js';
import type { Clock, Timer } from './pacing/clock.js';
import { Timers } from './pacing/timers.js';
import { CLOSE, type CloseCode } from './socket/close-code.js';
import type { ConnectFailure, Connection, ConnectionEvents, ConnectionOptions } from './socket/connection.js';

/** A closing handshake that takes longer is cut. */
export const CLOSE_TIMEOUT_MS = 2000;

/** Close codes of servers that end sessions on purpose: normal end, going away, service restart. */
const ENDS_BY_DESIGN: ReadonlySet<number> = new Set([1000, 1001, 1012]);

/** The part of a connection that the pool needs. Tests use a fake. */
export type PooledConnection = Pick<
  Connection,
  'isOpen' | 'canSend' | 'closedByUs' | 'bufferedBytes' | 'times' | 'write' | 'ping' | 'close' | 'terminate'
> & {
  /** The time of the last read, us of the engine's clock; absent if not needed. */
  readonly receivedUs?: number;
  /** Absent if no cell needs it. */
  keepAlive?(): void;
  /** Sends one message that is no part of the plan: of a session, a duty, a heartbeat. Absent if no cell needs it. */
  send?(bytes: Buffer, text: boolean): void;
  /** Sends the heartbeat of the protocol; absent if there is none. */
  beat?(): void;
  /** Stops or resumes reading what comes; absent if no cell needs it. */
  setReading?(isWanted: boolean): void;
  /** Whether a message came in a binary frame; to be asked during `onFrame`, with what that got. Absent if not needed. */
  isBinary?(bytes: Buffer, start: number, end: number): boolean;
};

export type ConnectFn = (
  index: number,
  plannedUs: number,
  options: ConnectionOptions,
  events: ConnectionEvents,
  clock: Clock,
) => PooledConnection;

/**
 * Longest text of a refusal that leaves the worker. Much longer than what is shown, because a secret that is cut in two
 * cannot be struck out.
 */
const REFUSAL_TEXT_MAX = 48 * 1024;

/** Calls from the pool to its owner. Connections are numbered within the worker. */
export interface PoolEvents {
  onOpen(connection: number): void;
  readonly onFrame: ConnectionEvents['onFrame'];
  readonly onReadEnd: ConnectionEvents['onReadEnd'];
  onPong(connection: number): void;
  /** An open connection closed. Returns how many of its messages of the measure phase were in flight. */
  onClosed(connection: number): number;
}

/** A worker's connections: opens them at the planned times, counts every way they can end, closes them. */
export class Pool {
  readonly #shard: Shard;
  readonly #clock: Clock;
  readonly #connect: ConnectFn;
  readonly #recorder: Recorder;
  readonly #rows: RowBook;
  readonly #events: PoolEvents;
  readonly #listener: ConnectionEvents;
  readonly #connections: (PooledConnection | null)[];
  /** When each connection's ping was sent, us; 0 if none is pending. */
  readonly #pingUs: Float64Array;
  readonly #connectTimers: Timers;
  /** For each closing connection: the timer that cuts its closing handshake. */
  readonly #closing = new Map<number, Timer>();
  #policies: readonly ConnectionPolicy[] = [];
  #open = 0;
  #fewest = 0;
  /** Connects that were begun or planned before t0 and are not settled. */
  #unsettled = 0;
  #whenSettled: (() => void) | null = null;
  #whenClosed: (() => void) | null = null;
  #abandoned = false;
  /** How many connections of the whole cell the calls of `connect` have covered so far. */
  #begunUpTo = 0;

  constructor(
    shard: Shard,
    owned: number,
    connect: ConnectFn,
    clock: Clock,
    recorder: Recorder,
    rows: RowBook,
    events: PoolEvents,
  ) {
    this.#rows = rows;
    this.#shard = shard;
    this.#connect = connect;
    this.#clock = clock;
    this.#recorder = recorder;
    this.#events = events;
    this.#connectTimers = new Timers(clock);
    this.#connections = new Array(owned).fill(null);
    this.#pingUs = new Float64Array(owned);
    this.#listener = {
      onOpen: (index) => this.#onOpen(index),
      onFailed: (index, failure) => this.#onFailed(index, failure),
      // Replies go directly to the owner, because the pool does not need them.
      onFrame: events.onFrame,
      onReadEnd: events.onReadEnd,
      onPong: (index, ofKeepAlive) => (ofKeepAlive === true ? recorder.keptAlive('pongs') : this.#onPong(index)),
      onClose: (index, code, clean) => this.#onClose(index, code, clean),
      onError: (index, code, said) => recorder.error(this.#errorPhase(index, 'open'), code, said ?? null),
    };
  }

  get open(): number {
    return this.#open;
  }

  at(connection: number): PooledConnection | null {
    return this.#connections[connection] ?? null;
  }

  openConnections(): number[] {
    return this.#connections.flatMap((connection, index) => (connection?.isOpen ? [index] : []));
  }

  /**
   * Opens the connections planned before t0, each at its time. Resolves when every one is open or failed. `upTo`: only
   * this many connections of the cell; a later call with a higher number opens the next ones.
   */
  async connect(startUs: number, upTo = Number.POSITIVE_INFINITY): Promise<void> {
    const planned = this.#abandoned ? [] : this.#nextPlanned(upTo);
    this.#unsettled = planned.length;
    if (planned.length === 0) return;
    const settled = new Promise<void>((resolve) => {
      this.#whenSettled = resolve;
    });
    this.#openAsPlanned(planned, startUs);
    await settled;
    this.#whenSettled = null;
  }

  /** Opens the connections that a ramp adds during the load. */
  connectDuring(t0Us: number): void {
    const planned = this.#planned(false);
    if (planned.length > 0 && !this.#abandoned) this.#openAsPlanned(planned, t0Us);
  }

  /** Sets who is asked, in this order, about each connection that opens, closes or fails from now on. */
  use(policies: readonly ConnectionPolicy[]): void {
    this.#policies = policies;
  }

  /** Opens the successor of a closed connection at the planned time. Does nothing after `abandonConnects`. */
  reopen(connection: number, plannedUs: number): void {
    if (!this.#abandoned) this.#openOne(connection, plannedUs);
  }

  /** Closes one connection with 1000. */
  retire(index: number): void {
    const connection = this.#connections[index]!;
    const deadline = this.#clock.after(CLOSE_TIMEOUT_MS, () => connection.terminate());
    this.#closing.set(index, deadline);
    connection.close(CLOSE.normal);
  }

  /** Gives up every unfinished connect. */
  abandonConnects(): void {
    if (this.#abandoned) return;
    this.#abandoned = true;
    this.#connectTimers.cancelAll();
    for (const connection of this.#connections) {
      if (connection === null || connection.isOpen || connection.times.openUs !== null) continue;
      if (this.#failed.has(connection)) continue;
      connection.terminate();
      this.#failed.add(connection);
      this.#recorder.count('abandoned');
    }
    this.#unsettled = 0;
    this.#whenSettled?.();
  }
  /** Connections that never opened. */
  readonly #failed = new WeakSet<PooledConnection>();

  /** The lowest number of open connections since the last call. */
  takeFewest(): number {
    const fewest = Math.min(this.#fewest, this.#open);
    this.#fewest = this.#open;
    return fewest;
  }

  /** Pings every open connection except those that `isLeftOut`. Returns the pinged ones. */
  pingAll(isLeftOut: (connection: number) => boolean): number[] {
    const pinged: number[] = [];
    this.#connections.forEach((connection, index) => {
      if (connection === null || !connection.isOpen || isLeftOut(index)) return;
      this.#pingUs[index] = this.#clock.nowUs();
      connection.ping();
      pinged.push(index);
    });
    return pinged;
  }

  /** Pings a connection, so that no proxy closes it as idle. Does nothing if the connection is writing or closing. */
  keepAlive(index: number): void {
    const connection = this.#connections[index] ?? null;
    if (connection === null || !connection.isOpen || !connection.canSend || connection.bufferedBytes > 0) return;
    if (connection.keepAlive === undefined) return;
    connection.keepAlive();
    this.#recorder.keptAlive('pings');
  }

  /** Sends the heartbeat of the protocol on a connection. */
  beat(index: number): void {
    this.#connections[index]?.beat?.();
  }

  terminate(connection: number): void {
    this.#connections[connection]?.terminate();
  }

  /** Closes everything and waits for the closing handshakes. Cuts connections still open at the time-out. */
  async close(timeoutMs: number, code: CloseCode): Promise<void> {
    this.abandonConnects();
    if (this.#open === 0) return;
    const closed = new Promise<void>((resolve) => {
      this.#whenClosed = resolve;
    });
    for (const connection of this.#connections) if (connection?.isOpen) connection.close(code);
    const deadline = this.#clock.after(timeoutMs, () => {
      for (const connection of this.#connections) if (connection?.isOpen) connection.terminate();
    });
    await closed;
    deadline.cancel();
  }

  /**
   * Connections planned before t0 that no earlier call has opened. Their times count from the first one in the cell.
   */
  #nextPlanned(upTo: number): { index: number; atUs: number }[] {
    const { cell, worker, workers } = this.#shard;
    const from = this.#begunUpTo;
    const fromUs = connectStart(cell, from).atUs;
    this.#begunUpTo = Math.max(from, upTo);
    return this.#planned(true).flatMap(({ index, atUs }) => {
      const connection = worker + index * workers;
      return connection >= from && connection < upTo ? [{ index, atUs: atUs - fromUs }] : [];
    });
  }

  #planned(beforeT0: boolean): { index: number; atUs: number }[] {
    const { cell, worker, workers } = this.#shard;
    return this.#connections.flatMap((_, index) => {
      const start = connectStart(cell, worker + index * workers);
      return start.beforeT0 === beforeT0 ? [{ index, atUs: start.atUs }] : [];
    });
  }

  #openAsPlanned(planned: readonly { index: number; atUs: number }[], fromUs: number): void {
    let position = 0;
    const step = () => {
      while (position < planned.length) {
        const { index, atUs } = planned[position]!;
        const waitUs = fromUs + atUs - this.#clock.nowUs();
        if (waitUs > 0) {
          this.#connectTimers.after(Math.ceil(waitUs / 1000), step);
          return;
        }
        position++;
        this.#openOne(index, fromUs + atUs);
      }
    };
    step();
  }

  #openOne(index: number, plannedUs: number): void {
    const { cell, worker, workers, endpoint, env } = this.#shard;
    const number = worker + index * workers;
    this.#recorder.count('attempts');
    if (!this.#rows.begin(number)) return this.#neverBegun(index, 'data_used_up');
    const options: ConnectionOptions = {
      ...{ endpoint, env, row: this.#rows.row(number) },
      ...{ connection: number, numberHere: numberHere(this.#shard, number) },
      connectTimeoutMs: cell.connectTimeoutMs,
    };
    try {
      this.#connections[index] = this.#connect(index, plannedUs, options, this.#listener, this.#clock);
    } catch (error) {
      // The profile parser should have refused this. Here only this connection fails.
      this.#neverBegun(index, codeOf(error) ?? 'invalid_request');
    }
  }

  /** Counts a connect that could not even be attempted. */
  #neverBegun(index: number, code: string): void {
    this.#recorder.count('failed');
    this.#recorder.error('connect', code);
    this.#settleConnect();
    this.#askOnFailed(index);
  }

  #onOpen(index: number): void {
    this.#open++;
    this.#recorder.count('opened');
    this.#recordConnect(this.#connections[index]!);
    this.#settleConnect();
    for (const policy of this.#policies) policy.onOpen(index);
    this.#events.onOpen(index);
  }

  #onFailed(index: number, failure: ConnectFailure): void {
    const connection = this.#connections[index];
    if (connection != null) this.#failed.add(connection);
    this.#recorder.count('failed');
    const phase = failure.phase === 'session' ? 'session' : 'connect';
    this.#recorder.error(this.#errorPhase(index, phase), failure.code, refusalTextOf(failure));
    this.#settleConnect();
    this.#askOnFailed(index);
  }

  #askOnFailed(index: number): void {
    for (const policy of this.#policies) policy.onFailed(index);
  }

  #errorPhase(index: number, phase: ErrorCount['phase']): ErrorCount['phase'] {
    return this.#policies.some((policy) => policy.excuses(index)) ? 'restart' : phase;
  }

  #onPong(index: number): void {
    const sentUs = this.#pingUs[index]!;
    if (sentUs === 0) return;
    this.#pingUs[index] = 0;
    this.#recorder.ping(this.#clock.nowUs() - sentUs);
    this.#events.onPong(index);
  }

  #onClose(index: number, code: number, clean: boolean): void {
    const connection = this.#connections[index]!;
    this.#closing.get(index)?.cancel();
    this.#closing.delete(index);
    this.#open--;
    this.#fewest = Math.min(this.#fewest, this.#open);
    const outcome: keyof ConnectionCounts = clean ? 'closedClean' : 'closedDirty';
    this.#recorder.count(outcome);
    this.#recorder.closed(code, clean, connection.closedByUs ? 'client' : 'server');
    this.#recorder.session(this.#clock.nowUs() - (connection.times.openUs ?? connection.times.startUs));
    this.#pingUs[index] = 0;
    if (!connection.closedByUs) this.#recordSilence(connection);
    const lost = this.#events.onClosed(index);
    const byDesign = clean && !connection.closedByUs && ENDS_BY_DESIGN.has(code);
    // The first policy that takes the matter on is the last one asked.
    this.#policies.some((policy) => policy.onClosed({ connection: index, lost, byDesign }));
    if (this.#open === 0) this.#whenClosed?.();
  }

  /** Records for how long nothing had arrived when the other side ended the connection. */
  #recordSilence({ receivedUs = 0, times }: PooledConnection): void {
    const nowUs = this.#clock.nowUs();
    this.#recorder.silence(nowUs - Math.max(receivedUs, times.openUs ?? times.startUs), nowUs);
  }

  #settleConnect(): void {
    this.#unsettled--;
    if (this.#unsettled === 0) this.#whenSettled?.();
  }

  #recordConnect(connection: PooledConnection): void {
    const { plannedUs, startUs, tcpUs, tlsUs, openUs, upgradedUs = null } = connection.times;
    const connectedUs = tcpUs ?? startUs;
    const secureUs = tlsUs ?? connectedUs;
    if (upgradedUs !== null) this.#recorder.ready(openUs! - upgradedUs);
    this.#recorder.connected({
      wait: startUs - plannedUs,
      tcp: connectedUs - startUs,
      tls: tlsUs === null ? null : tlsUs - connectedUs,
      upgrade: (upgradedUs ?? openUs!) - secureUs,
      total: openUs! - plannedUs,
    });
  }
}

/**
 * The text of an HTTP answer, by target or proxy, that opened no connection, or what ended a session; null if there was
 * none. It quotes the server.
 */
function refusalTextOf({ phase, code, message, body }: ConnectFailure): string | null {
  if (phase === 'session') return message.slice(0, REFUSAL_TEXT_MAX);
  if (!/^(HTTP|PROXY)_\d/.test(code)) return null;
  return (body === '' ? message : `${message}; it says: ${body}`).slice(0, REFUSAL_TEXT_MAX);
}
