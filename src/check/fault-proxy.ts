import { once } from 'node:events';
import net, { type AddressInfo, type NetConnectOpts, type Socket } from 'node:net';
import { resetSocket } from './reset-socket.js';

/** What the proxy does with the bytes that it read, in both directions. */
export type ProxyMode =
  | { readonly kind: 'pass' }
  /** Nothing passes, not even the end of a connection, and sockets stay open: as if a cable was pulled out. */
  | { readonly kind: 'half-open' }
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number }
  /** Every piece of this many bytes is written separately, as a TCP segment of its own. */
  | { readonly kind: 'slice'; readonly bytes: number }
  | { readonly kind: 'delay'; readonly ms: number };

const HOST = '127.0.0.1';
/** How many bytes a direction may hold before it stops reading from its sender. */
const MAX_HELD_BYTES = 256 * 1024;
/** A throttled direction sends this often, so that its rate is even. */
const THROTTLE_STEPS_PER_SECOND = 50;
/** Pieces sent in one tick of the event loop, so that slices of one byte do not starve everything else. */
const MAX_PIECES_A_TURN = 64;

/** A TCP proxy on a free port of loopback, between a client of ours and the server. Close it in a `finally`. */
export class FaultProxy {
  readonly #server: net.Server;
  readonly #upstream: NetConnectOpts;
  readonly #pairs = new Set<Pair>();
  #mode: ProxyMode = { kind: 'pass' };

  private constructor(upstream: NetConnectOpts) {
    this.#upstream = upstream;
    this.#server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
  }

  /** Starts a proxy that passes everything on. Rejects if it cannot listen. */
  static async open(upstream: NetConnectOpts): Promise<FaultProxy> {
    const proxy = new FaultProxy(upstream);
    proxy.#server.listen(0, HOST);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get host(): string {
    return HOST;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Applies to every connection, and to the bytes that are held at the moment. */
  setMode(mode: ProxyMode): void {
    this.#mode = mode;
    for (const pair of this.#pairs) pair.setMode(mode);
  }

  /** Cuts every connection with a RST on both sides; held bytes are lost. New connections are accepted as before. */
  reset(): void {
    for (const pair of this.#pairs) pair.reset();
  }

  /** Closes everything. Resolves when no socket is left. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const pair of this.#pairs) pair.destroy();
    await closed;
  }

  #accept(client: Socket): void {
    const server = net.connect({ ...this.#upstream, allowHalfOpen: true, noDelay: true } as NetConnectOpts);
    const pair = new Pair(client, server, this.#mode, () => this.#pairs.delete(pair));
    this.#pairs.add(pair);
  }
}

/** A client's connection and the one that was opened for it. */
class Pair {
  readonly #lanes: readonly [Lane, Lane];
  readonly #sockets: readonly [Socket, Socket];

  constructor(client: Socket, server: Socket, mode: ProxyMode, onGone: () => void) {
    this.#sockets = [client, server];
    this.#lanes = [new Lane(client, server, mode), new Lane(server, client, mode)];
    for (const socket of this.#sockets) {
      socket.on('close', () => {
        if (client.destroyed && server.destroyed) onGone();
      });
    }
  }

  setMode(mode: ProxyMode): void {
    for (const lane of this.#lanes) lane.setMode(mode);
  }

  reset(): void {
    for (const socket of this.#sockets) resetSocket(socket);
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

interface Held {
  bytes: Buffer;
  readonly cameAtMs: number;
}

/** One direction of a connection. */
class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  #mode: ProxyMode;
  #held: Held[] = [];
  #heldBytes = 0;
  #end: 'none' | 'fin' | 'cut' = 'none';
  /** A throttled lane sends nothing before this instant. */
  #throttledUntilMs = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(from: Socket, to: Socket, mode: ProxyMode) {
    this.#from = from;
    this.#to = to;
    this.#mode = mode;
    from.on('data', (bytes) => this.#take(bytes));
    from.on('end', () => this.#ended('fin'));
    // `close` always follows.
    from.on('error', () => undefined);
    from.on('close', () => {
      if (this.#end === 'none') this.#ended('cut');
    });
    to.on('drain', () => this.#turn());
    to.on('close', () => this.#drop());
  }

  setMode(mode: ProxyMode): void {
    this.#mode = mode;
    this.#throttledUntilMs = 0;
    this.#turn();
  }

  #take(bytes: Buffer): void {
    if (this.#to.destroyed) return;
    this.#held.push({ bytes, cameAtMs: performance.now() });
    this.#heldBytes += bytes.length;
    if (this.#heldBytes >= MAX_HELD_BYTES) this.#from.pause();
    this.#turn();
  }

  #ended(how: 'fin' | 'cut'): void {
    this.#end = how;
    this.#turn();
  }

  /** Sends what may be sent now, then waits: for its next turn, for room in the socket, or for more bytes. */
  #turn(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#mode.kind === 'half-open' || this.#to.destroyed) return;
    for (let pieces = 0; this.#held.length > 0; pieces++) {
      // `drain` calls again.
      if (this.#to.writableNeedDrain) return;
      const waitMs = pieces < MAX_PIECES_A_TURN ? this.#waitMs(this.#held[0]!) : 0;
      if (waitMs > 0 || pieces === MAX_PIECES_A_TURN) {
        this.#timer = setTimeout(() => this.#turn(), Math.ceil(waitMs));
        return;
      }
      this.#sendPiece();
    }
    if (this.#end === 'fin') this.#to.end();
    else if (this.#end === 'cut') resetSocket(this.#to);
  }

  #waitMs({ cameAtMs }: Held): number {
    const mode = this.#mode;
    if (mode.kind === 'delay') return cameAtMs + mode.ms - performance.now();
    return mode.kind === 'throttle' ? this.#throttledUntilMs - performance.now() : 0;
  }

  #sendPiece(): void {
    const mode = this.#mode;
    const first = this.#held[0]!;
    const piece = first.bytes.subarray(0, this.#pieceBytes());
    this.#to.write(piece);
    if (mode.kind === 'throttle') {
      this.#throttledUntilMs = performance.now() + (piece.length * 1000) / mode.bytesPerSecond;
    }
    this.#heldBytes -= piece.length;
    first.bytes = first.bytes.subarray(piece.length);
    if (first.bytes.length === 0) this.#held.shift();
    if (this.#heldBytes < MAX_HELD_BYTES && this.#from.isPaused()) this.#from.resume();
  }

  #pieceBytes(): number {
    const mode = this.#mode;
    if (mode.kind === 'slice') return mode.bytes;
    if (mode.kind === 'throttle') return Math.max(1, Math.floor(mode.bytesPerSecond / THROTTLE_STEPS_PER_SECOND));
    return Number.POSITIVE_INFINITY;
  }

  /** The receiver is gone. */
  #drop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#held = [];
    this.#heldBytes = 0;
    if (this.#from.isPaused()) this.#from.resume();
  }
}
