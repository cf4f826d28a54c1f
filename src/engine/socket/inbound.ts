import type net from 'node:net';
import { Readable } from 'node:stream';
import WebSocket from 'ws';
import { FrameReader, type OnMessage } from '../frame/frame-reader.js';

/**
 * The receiving side of one socket. Plain messages are read in place. Everything else goes to the socket's stream,
 * where `ws` reads it. From the first frame that `ws` must see, it gets the rest of the read, because it reports a
 * broken frame only after the read.
 */
export class Inbound {
  readonly #socket: net.Socket;
  /** Null until the handshake is done. */
  #ws: WebSocket | null = null;
  readonly #reader: FrameReader;
  /** Bytes of frames that came together with the handshake response. */
  #gluedBytes = 0;
  #wantsMore = true;
  /** True if `ws` may have unread bytes. */
  #behind = false;

  constructor(socket: net.Socket, onMessage: OnMessage) {
    this.#socket = socket;
    this.#reader = new FrameReader(onMessage, (bytes) => this.#toStream(bytes));
  }

  /** Bytes of a message that is not complete yet. */
  get unfinishedBytes(): number {
    return this.#reader.unfinishedBytes;
  }

  /** The handshake is done. Must be called while `ws` emits `open`, when only the first frames wait in the stream. */
  open(ws: WebSocket): void {
    this.#ws = ws;
    this.#gluedBytes = this.#socket.readableLength;
  }

  /**
   * Handles one read of the socket: `bytes` up to `end`, valid during the call. Returns false if the socket must be
   * paused.
   */
  read(bytes: Buffer, end: number): boolean {
    this.#wantsMore = true;
    if (this.#ws === null) this.#readHandshake(bytes.subarray(0, end));
    else if (this.#isReadyFor(this.#ws)) this.#reader.read(bytes, end);
    else this.#reader.pass(bytes.subarray(0, end));
    return this.#wantsMore;
  }

  #toStream(bytes: Buffer): boolean {
    this.#behind = true;
    this.#wantsMore = Readable.prototype.push.call(this.#socket, Buffer.from(bytes));
    return this.#socket.readableLength === 0;
  }

  #readHandshake(bytes: Buffer): void {
    this.#toStream(bytes);
    if (this.#ws !== null) this.#reader.follow(bytes.subarray(bytes.length - this.#gluedBytes));
  }

  /** False if `ws` must read: the connection is closing, or `ws` has unread bytes that must come first. */
  #isReadyFor(ws: WebSocket): boolean {
    if (ws.readyState !== WebSocket.OPEN) return false;
    if (!this.#behind) return true;
    this.#behind = this.#socket.readableLength > 0 || this.#socket.readableFlowing !== true;
    return !this.#behind;
  }
}
