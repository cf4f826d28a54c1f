import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { TruthBoard } from '../engine/instrument/truth-board.js';
import { Rng, seedOf } from '../stats/rng.js';

/** Share of the replies that are held until the next message of their worker comes, or for so long. */
const HELD_SHARE = 0.2;
const MOST_HELD_MS = 50;
const ORDINAL_BYTES = 4;

/**
 * The echo that every worker's instrument check talks to. A seeded choice of replies is held until the next message comes;
 * what counts is not the delay but the log: when each reply left, written down the line before it is sent. No timer of its
 * own has to fire for that: each wake of this thread may take a core from a worker that is being checked.
 */
export class TruthEcho {
  readonly #board: TruthBoard;
  readonly #nowUs: () => number;
  readonly #server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false, maxPayload: 1024 });

  constructor(shared: SharedArrayBuffer, nowUs: () => number) {
    this.#board = new TruthBoard(shared);
    this.#nowUs = nowUs;
    this.#server.on('connection', (socket, request) => this.#serve(socket, seatOf(request)));
  }

  /** Resolves with the port; rejects where none is to be had. */
  async listen(): Promise<number> {
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    for (const socket of this.#server.clients) socket.terminate();
    this.#server.close();
  }

  #serve(socket: WebSocket, seat: number): void {
    const rng = new Rng(seedOf(1, 'instrument', seat));
    let held: Buffer | null = null;
    let timer: NodeJS.Timeout | undefined;
    const release = () => {
      clearTimeout(timer);
      if (held !== null) this.#reply(socket, seat, held);
      held = null;
    };
    socket.on('message', (data: RawData) => {
      const message = data as Buffer;
      // Whoever else finds the port has no ordinal to note.
      if (message.length < ORDINAL_BYTES) return;
      release();
      if (rng.next() >= HELD_SHARE) return this.#reply(socket, seat, message);
      held = message;
      timer = setTimeout(release, MOST_HELD_MS);
    });
    // A worker that is cut off resets its connection; the check of the others goes on.
    socket.on('error', () => socket.terminate());
  }

  #reply(socket: WebSocket, seat: number, message: Buffer): void {
    if (socket.readyState !== socket.OPEN) return;
    this.#board.noteLeft(seat, message.readUInt32BE(0), this.#nowUs());
    socket.send(message);
  }
}

/** The worker's number is the path it connects to: `/3`. */
function seatOf(request: IncomingMessage): number {
  return Number(request.url!.slice(1));
}
