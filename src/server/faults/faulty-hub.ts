import { Rng, seedOf } from '../../stats/rng.js';
import type { HttpRequest } from '../admission.js';
import { type Broadcast, eachReceiver, type Handshake, Hub, type Reception } from '../hub.js';
import type { EngineName, ServerSettings } from '../options.js';
import type { Peer } from '../peer.js';
import { burnShare, burnUs } from './burn.js';
import type { FaultPlan } from './catalogue.js';
import { type FaultClock, realClock } from './clock.js';
import { drawUs } from './distribution.js';
import { DueQueue } from './due-queue.js';
import { FaultedConnection } from './faulted-connection.js';
import { nextFreeze, standStill } from './freeze.js';
import { isRefused, refusalOf } from './refuse.js';
import { Replies } from './replies.js';
import { RoomDeliveries } from './room-deliveries.js';
import { outOfStallUs } from './stall.js';
import { TRUTH_VERSION, type TruthSink } from './truth-entry.js';

/**
 * A hub that misbehaves as planned. It sits between the engines and the rules, and between the echo of the rules and
 * the peer.
 */
export class FaultyHub extends Hub {
  readonly #plan: FaultPlan;
  readonly #truth: TruthSink;
  readonly #clock: FaultClock;
  readonly #startUs: number;
  readonly #due: DueQueue;
  readonly #replies: Replies;
  readonly #deliveries: RoomDeliveries;
  readonly #connections = new Map<Peer, FaultedConnection>();
  readonly #endBurn: () => void;
  #asked = 0;
  #isStopped = false;
  /** When the message that is being handled was received. The rules call `echo` before they return. */
  #inUs = 0;

  constructor(
    settings: ServerSettings,
    engine: EngineName,
    plan: FaultPlan,
    truth: TruthSink,
    clock: FaultClock = realClock(),
  ) {
    super(settings, engine);
    this.#clock = clock;
    this.#startUs = clock.nowUs();
    this.#due = new DueQueue(clock);
    this.#plan = plan;
    this.#truth = truth;
    this.#replies = new Replies({
      plan,
      clock,
      startUs: this.#startUs,
      due: this.#due,
      truth,
      send: ({ peer }, bytes, isBinary) => this.send(peer, bytes, isBinary),
      neighbourOf: (connection) => this.#neighbourOf(connection),
    });
    this.#deliveries = new RoomDeliveries({
      ...{ plan, clock, truth },
      startUs: this.#startUs,
      due: this.#due,
      send: ({ peer }, bytes) => this.deliver(peer, bytes),
    });
    this.#endBurn = plan.burn?.kind === 'share' ? burnShare(plan.burn.share) : () => undefined;
    const { faults, seed } = settings;
    const { pid } = process;
    truth({ kind: 'start', version: TRUTH_VERSION, startUs: this.#startUs, faults, seed, engine, pid });
    this.#planFreeze();
  }

  override receive(request: HttpRequest): Reception {
    const inUs = this.#clock.nowUs();
    const reception = super.receive(request);
    if (reception.kind !== 'websocket') return reception;
    const connection = this.#asked;
    this.#asked += 1;
    const { refuse } = this.#plan;
    if (!refuse || !isRefused(refuse, connection, this.settings.seed)) {
      return { ...reception, handshake: this.#handshake(connection, inUs) };
    }
    const { how } = refuse;
    this.#truth({ kind: 'refused', connection, inUs, how });
    if (typeof how === 'string') return { kind: how };
    this.counters.refusedRequest(how);
    return { kind: 'answer', answer: refusalOf(how) };
  }

  override onMessage(peer: Peer, bytes: Buffer, isBinary: boolean): void {
    const inUs = this.#clock.nowUs();
    const { burn, stall } = this.#plan;
    this.#noteActivity(peer);
    if (burn?.kind === 'message') burnUs(burn.us);
    this.#holdReader(peer);
    // Handle messages delayed by a stall before those received after it, even where those fall into the next stall.
    if (stall) this.#due.runDue();
    const nowUs = this.#clock.nowUs();
    const openUs = stall ? outOfStallUs(stall, this.#startUs, nowUs) : nowUs;
    if (openUs > nowUs) {
      const copy = Buffer.from(bytes);
      this.#due.put(openUs, () => this.#look(peer, copy, isBinary, inUs));
      return;
    }
    this.#look(peer, bytes, isBinary, inUs);
  }

  override onClose(peer: Peer): void {
    super.onClose(peer);
    const connection = this.#connections.get(peer);
    if (connection === undefined) return;
    this.#connections.delete(peer);
    this.#replies.closed(connection);
    this.#truth({ kind: 'close', connection: connection.number, atUs: this.#clock.nowUs() });
  }

  /** Messages that still wait when all connections are closed are logged as unanswered. */
  override async closeAll(graceMs: number): Promise<void> {
    this.#isStopped = true;
    this.#endBurn();
    // Resume reading, or the server would never notice that the peer closes.
    if (this.#plan['slow-reader']) for (const peer of this.#connections.keys()) peer.read(true);
    await super.closeAll(graceMs);
    this.#due.finish();
  }

  protected override echo(peer: Peer, bytes: Buffer, isBinary: boolean): void {
    const connection = this.#opened(peer);
    this.#replies.take(connection, { bytes, isBinary, ordinal: peer.state.received - 1, inUs: this.#inUs });
  }

  protected override broadcast(broadcast: Broadcast): void {
    const { from, room, bytes } = broadcast;
    const message = { from: this.#opened(from), room, bytes, ordinal: from.state.received - 1, inUs: this.#inUs };
    const send = this.#deliveries.begin(message);
    eachReceiver(broadcast, (member) => send(this.#opened(member)));
  }

  #opened(peer: Peer): FaultedConnection {
    const connection = this.#connections.get(peer);
    if (connection === undefined) throw new Error('a message came on a connection that was never opened');
    return connection;
  }

  #look(peer: Peer, bytes: Buffer, isBinary: boolean, inUs: number): void {
    this.#inUs = inUs;
    super.onMessage(peer, bytes, isBinary);
  }

  #handshake(number: number, inUs: number): Handshake {
    const spec = this.#plan.handshake;
    let outUs = 0;
    return {
      begin: (answer) => {
        const leave = () => {
          if (this.#isStopped) return;
          outUs = this.#clock.nowUs();
          answer();
        };
        if (!spec) leave();
        else this.#due.put(inUs + drawUs(spec, new Rng(seedOf(this.settings.seed, 'handshake', number))), leave);
      },
      opened: (peer) => {
        const connection = new FaultedConnection(number, peer, this.settings.seed);
        this.#connections.set(peer, connection);
        this.#endWhenIdle(connection);
        this.#truth({ kind: 'open', connection: number, inUs, outUs });
      },
    };
  }

  protected override send(peer: Peer, data: string | Buffer, isBinary: boolean): void {
    this.#noteActivity(peer);
    super.send(peer, data, isBinary);
  }

  #noteActivity(peer: Peer): void {
    const connection = this.#plan.idle === undefined ? undefined : this.#connections.get(peer);
    if (connection !== undefined) connection.activeAtUs = this.#clock.nowUs();
  }

  /** Checks again at the time when the connection would have been silent for long enough. */
  #endWhenIdle(connection: FaultedConnection): void {
    const { idle } = this.#plan;
    if (idle === undefined) return;
    connection.activeAtUs = this.#clock.nowUs();
    const look = (): void => {
      const { peer, activeAtUs } = connection;
      if (this.#isStopped || this.#connections.get(peer) !== connection) return;
      if (activeAtUs + idle > this.#clock.nowUs()) this.#due.put(activeAtUs + idle, look);
      else peer.terminate();
    };
    this.#due.put(connection.activeAtUs + idle, look);
  }

  /** Stops reading from a connection that the slow reader must not read now, or not at all any more. */
  #holdReader(peer: Peer): void {
    const spec = this.#plan['slow-reader'];
    const connection = this.#connections.get(peer);
    if (!spec || connection === undefined || this.#isStopped) return;
    if (spec.kind === 'stops') {
      if (peer.state.received + 1 >= spec.after) peer.read(false);
      return;
    }
    const nowUs = this.#clock.nowUs();
    // All messages of one read are handled at once, so their burn times add up.
    const wasReading = connection.readableAtUs <= nowUs;
    connection.readableAtUs = Math.max(connection.readableAtUs, nowUs) + spec.usPerMessage;
    if (wasReading) this.#readLater(connection);
  }

  #readLater(connection: FaultedConnection): void {
    connection.peer.read(false);
    this.#due.put(connection.readableAtUs, () => {
      if (connection.readableAtUs > this.#clock.nowUs() && !this.#isStopped) this.#readLater(connection);
      else connection.peer.read(true);
    });
  }

  #planFreeze(): void {
    const spec = this.#plan.freeze;
    const next = spec ? nextFreeze(spec, this.#startUs, this.#clock.nowUs()) : null;
    if (next === null) return;
    this.#due.put(next.fromUs, () => {
      if (this.#isStopped) return;
      standStill(next.toUs - this.#clock.nowUs());
      this.#planFreeze();
    });
  }

  /** The next open connection in the order of opening; after the last comes the first. */
  #neighbourOf(connection: FaultedConnection): FaultedConnection | null {
    let first: FaultedConnection | null = null;
    let isPast = false;
    for (const other of this.#connections.values()) {
      if (other === connection) isPast = true;
      else if (!other.peer.state.isClosing) {
        if (isPast) return other;
        first ??= other;
      }
    }
    return first;
  }
}
