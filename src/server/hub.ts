import { admit, type HttpAnswer, type HttpRequest, httpAnswer, refused } from './admission.js';
import { Heartbeat } from './heartbeat.js';
import { metricsText } from './metrics-text.js';
import type { EngineName, ServerSettings } from './options.js';
import type { Peer } from './peer.js';
import { type Action, CLOSE, decide, overQuota, refuse, type StreamSpec } from './protocol.js';
import { Rooms } from './rooms.js';
import { ServerCounters, type ServerStats } from './stats.js';
import { Streams } from './streams.js';

const MAX_STREAMS_PER_PEER = 8;
const clock = {
  nowMs: () => performance.now(),
  epochMs: () => performance.timeOrigin + performance.now(),
};

export type Reception =
  /** `handshake` is null if the 101 is sent at once and nobody waits for its result. */
  | { readonly kind: 'websocket'; readonly subprotocol: string | null; readonly handshake: Handshake | null }
  | { readonly kind: 'answer'; readonly answer: HttpAnswer }
  /** Close the TCP connection without an answer. */
  | { readonly kind: 'cut' }
  /** Never answer the upgrade. */
  | { readonly kind: 'hang' };

/** A message to a room. `bytes` is valid during the call only. */
export interface Broadcast {
  readonly from: Peer;
  readonly room: string;
  readonly bytes: Buffer;
  readonly members: ReadonlySet<Peer>;
  /** The sender itself is left out. */
  readonly isForOthers: boolean;
}

/** An accepted upgrade, until its connection is open. */
export interface Handshake {
  /** Calls `answer` when the 101 may be sent: during the call, later, or never if the server stops. */
  begin(answer: () => void): void;
  /** The connection is open; called right after the hub's `onOpen`. */
  opened(peer: Peer): void;
}

/**
 * All that the server knows and does, apart from sockets. The engines call the hub, and the hub acts through `Peer`.
 */
export class Hub {
  readonly settings: ServerSettings;
  readonly engine: EngineName;
  readonly counters = new ServerCounters();
  readonly #peers = new Set<Peer>();
  readonly #rooms = new Rooms();
  readonly #streams: Streams;
  readonly #heartbeat: Heartbeat;
  #isStopping = false;
  #whenEmpty: (() => void) | null = null;

  constructor(settings: ServerSettings, engine: EngineName) {
    this.settings = settings;
    this.engine = engine;
    this.#streams = new Streams(clock, (peer, text) => this.send(peer, text, false));
    this.#heartbeat = new Heartbeat(settings.pingIntervalMs, this.#peers, clock.nowMs, (peer) => {
      this.counters.deadPeers += 1;
      peer.terminate();
    });
    this.#heartbeat.start();
  }

  get openConnections(): number {
    return this.#peers.size;
  }

  /** Decides about a request: accepts it as a WebSocket, or answers it. */
  receive(request: HttpRequest): Reception {
    const admission = this.#isStopping
      ? refused(503, 'server is shutting down')
      : admit(request, this.#peers.size, this.settings);
    if (admission.kind === 'websocket') return { ...admission, handshake: null };
    if (admission.kind === 'page') return { kind: 'answer', answer: this.#page(admission.page) };
    this.counters.refusedRequest(admission.answer.status);
    return { kind: 'answer', answer: admission.answer };
  }

  #page(name: 'healthz' | 'metrics'): HttpAnswer {
    if (name === 'metrics')
      return httpAnswer(200, 'text/plain; version=0.0.4; charset=utf-8', metricsText(this.stats()));
    const health = { status: 'ok', engine: this.engine, connections: this.#peers.size };
    return httpAnswer(200, 'application/json', `${JSON.stringify(health)}\n`);
  }

  onOpen(peer: Peer): void {
    this.#peers.add(peer);
    this.counters.opened += 1;
  }

  /** `bytes` is valid during the call only (uWebSockets.js reuses the memory). */
  onMessage(peer: Peer, bytes: Buffer, isBinary: boolean): void {
    const { state } = peer;
    if (state.isClosing) return;
    state.received += 1;
    state.pingedAtMs = 0;
    this.counters.messagesReceived += 1;
    this.counters.bytesReceived += bytes.length;
    const { quota } = this.settings;
    const isOver = quota !== null && state.received > quota;
    const actions = isOver ? overQuota(quota) : decide(bytes, isBinary, this.settings);
    for (const action of actions) this.#act(peer, action, bytes, isBinary);
  }

  onPong(peer: Peer): void {
    peer.state.pingedAtMs = 0;
  }

  onClose(peer: Peer): void {
    peer.state.isClosing = true;
    if (!this.#peers.delete(peer)) return;
    this.#rooms.leaveAll(peer);
    this.#streams.stop(peer);
    if (this.#peers.size === 0) this.#whenEmpty?.();
  }

  stats(): ServerStats {
    return this.counters.snapshot(this.engine, this.#peers.size);
  }

  /** Closes all connections with 1001 and waits until they are gone. Those still open after `graceMs` are cut. */
  async closeAll(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#heartbeat.stop();
    this.#streams.stopAll();
    for (const peer of [...this.#peers]) this.#end(peer, CLOSE.goingAway, 'server is shutting down');
    if (this.#peers.size === 0) return;
    const empty = new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
    });
    const deadline = setTimeout(() => {
      for (const peer of [...this.#peers]) peer.terminate();
    }, graceMs);
    await empty;
    clearTimeout(deadline);
  }

  #act(peer: Peer, action: Action, bytes: Buffer, isBinary: boolean): void {
    switch (action.do) {
      case 'echo':
        this.echo(peer, bytes, isBinary);
        break;
      case 'reply':
        this.send(peer, action.text, false);
        break;
      case 'refuse':
        this.counters.refusedMessage(action.error);
        this.send(peer, action.text, false);
        break;
      case 'close':
        this.#end(peer, action.code, action.reason);
        break;
      case 'join':
        this.#join(peer, action.room);
        break;
      case 'broadcast':
        this.#broadcast(peer, action.room, action.others, bytes);
        break;
      case 'stream':
        this.#stream(peer, action.spec);
        break;
      case 'stats':
        this.send(peer, JSON.stringify({ type: 'stats', ...this.stats() }), false);
        break;
    }
  }

  #join(peer: Peer, room: string): void {
    const members = this.#rooms.join(peer, room);
    if (members === null) this.#refuse(peer, refuse('too_many_rooms', `at most ${Rooms.maxPerPeer} rooms each`));
    else this.send(peer, JSON.stringify({ type: 'joined', room, members }), false);
  }

  #broadcast(from: Peer, room: string, isForOthers: boolean, bytes: Buffer): void {
    const members = this.#rooms.members(room);
    if (members === null) return this.#refuse(from, refuse('empty_room', 'nobody has joined this room'));
    this.counters.broadcasts += 1;
    this.broadcast({ from, room, bytes, members, isForOthers });
  }

  #stream(peer: Peer, spec: StreamSpec): void {
    if (peer.state.streams < MAX_STREAMS_PER_PEER) this.#streams.start(peer, spec);
    else this.#refuse(peer, refuse('too_many_streams', `at most ${MAX_STREAMS_PER_PEER} streams each at a time`));
  }

  #refuse(peer: Peer, actions: readonly Action[]): void {
    for (const action of actions) this.#act(peer, action, EMPTY, false);
  }

  /** The only place that echoes a message. Faults override this method. */
  protected echo(peer: Peer, bytes: Buffer, isBinary: boolean): void {
    this.send(peer, bytes, isBinary);
  }

  /** The only place that sends a message to a room. Faults override this method. */
  protected broadcast(broadcast: Broadcast): void {
    eachReceiver(broadcast, (member) => this.deliver(member, broadcast.bytes));
  }

  protected deliver(member: Peer, bytes: Buffer): void {
    if (member.state.isClosing) return;
    this.counters.deliveries += 1;
    this.send(member, bytes, false);
  }

  protected send(peer: Peer, data: string | Buffer, isBinary: boolean): void {
    if (peer.state.isClosing) return;
    const bufferedBytes = peer.deliver(data, isBinary);
    this.counters.messagesSent += 1;
    if (bufferedBytes <= this.settings.maxBufferedBytes) return;
    this.counters.slowPeers += 1;
    this.#end(peer, CLOSE.tryAgainLater, 'reader too slow');
  }

  #end(peer: Peer, code: number, reason: string): void {
    if (peer.state.isClosing) return;
    peer.state.isClosing = true;
    peer.end(code, reason);
  }
}

/** Calls `each` with everybody who is to receive a message to a room. */
export function eachReceiver({ from, members, isForOthers }: Broadcast, each: (member: Peer) => void): void {
  // A member that is too slow is closed during this loop and leaves the set. The iterator of a Set allows that.
  for (const member of members) if (!isForOthers || member !== from) each(member);
}

const EMPTY = Buffer.alloc(0);
