import { echoesAnywhere } from '../engine/matching/echo-check.js';
import { SequenceReader } from '../engine/matching/read-sequence.js';
import { realClock } from '../engine/pacing/clock.js';
import { type ConnectFailure, Connection, type ConnectionOptions } from '../engine/socket/connection.js';
import { isSecure } from '../engine/socket/dial.js';
import { EXIT, messageOf, unreachableError, usageError, WsurgeError } from '../errors.js';
import { connectFailureFix, connectFailureWords, isOfProxy } from '../metrics/connect-failures.js';
import { ownEndOf, ownEndWords } from '../metrics/own-ends.js';
import { type Cell, type Endpoint, peakConnections } from '../plan/cell.js';
import { sends } from '../plan/cells.js';
import { canaryRow, USED_BEFORE_CANARY } from '../plan/hand-out.js';
import { payloadSource } from '../plan/payload.js';
import { sequenceOf } from '../plan/sequence.js';
import { formatMs } from '../units.js';
import { isRedirect } from './redirect.js';

/** The result of the canary, microseconds. `replyUs` is null if no reply is expected. */
export interface CanaryReport {
  readonly tcpUs: number;
  readonly tlsUs: number | null;
  readonly upgradeUs: number;
  readonly replyUs: number | null;
  readonly subprotocol: string;
}

export interface CanaryOptions {
  readonly cell: Cell;
  readonly endpoint: Endpoint;
  readonly env: Readonly<Record<string, string>>;
  readonly data: readonly Readonly<Record<string, string>>[];
  /** Makes a text of the server safe to print. */
  readonly printable: (text: string, maxLength: number) => string;
  /** The target's URL in the form that may be shown. */
  readonly shownUrl: string;
  readonly signal: AbortSignal;
}

/** No connection opened. `location`: where an HTTP redirect leads, as the server wrote it; null for none. */
export class CanaryRefused extends WsurgeError {
  readonly location: string | null;

  constructor(refusal: WsurgeError, location: string | null) {
    const { exitCode, code, message, next } = refusal;
    super(exitCode, code, message, next === null ? {} : { next });
    this.location = location;
  }
}

const SHOWN_BYTES = 120;
/** How many characters of the body of a refusal are shown. */
const SHOWN_BODY = 200;
/** The answers of nginx, Apache and Go to plain HTTP on a TLS port. */
const SPEAKS_OF_TLS = /sent to HTTPS port|to an SSL-enabled|HTTP request to an HTTPS server/i;

/**
 * Sends one message on one connection before any load. Throws 103 if no connection opens, naming phase and reason; 104
 * if no matching reply comes, with what came instead and the likeliest fixes; 105 if it was stopped.
 */
export async function runCanary(options: CanaryOptions): Promise<CanaryReport> {
  const canary = canaryOf(options);
  try {
    return await canary.run();
  } finally {
    await canary.close();
  }
}

/**
 * Makes the canary. Values that no handshake can hold (a broken certificate, a wrong server name) throw before anything
 * is sent.
 */
function canaryOf(options: CanaryOptions): Canary {
  try {
    return new Canary(options);
  } catch (error) {
    throw usageError(
      'no_handshake',
      `no connection to ${options.shownUrl} can be tried: ${options.printable(messageOf(error), 200)}`,
      'correct the URL, headers, sub-protocols or TLS files of the target',
    );
  }
}

type Arrival = { readonly data: Buffer; readonly atUs: number };

/** How long the closing handshake of the canary may take. */
const CLOSE_MS = 1000;

class Canary {
  readonly #o: CanaryOptions;
  readonly #connection: Connection;
  #wake: () => void = () => {};
  #opened = false;
  #failure: ConnectFailure | null = null;
  #closed: { code: number; reason: string } | null = null;
  /** Why wsurge itself closed the open connection; null if it did not. */
  #ownEnd: string | null = null;
  #arrivals: Arrival[] = [];
  #firstBytes: Buffer | null = null;

  constructor(options: CanaryOptions) {
    this.#o = options;
    const { endpoint, env, data, cell } = options;
    const { connectTimeoutMs } = cell;
    const connect: ConnectionOptions = { endpoint, env, row: canaryRow(data), connection: 0, connectTimeoutMs };
    const happened = (note: () => void) => {
      note();
      this.#wake();
    };
    this.#connection = new Connection(
      0,
      realClock.nowUs(),
      connect,
      {
        onOpen: () => happened(() => (this.#opened = true)),
        onFailed: (_, failure) => happened(() => (this.#failure = failure)),
        onFrame: (_, bytes, start, end, atUs) =>
          happened(() => this.#arrivals.push({ data: Buffer.from(bytes.subarray(start, end)), atUs })),
        onReadEnd: () => {},
        onPong: () => {},
        onClose: (_, code, _clean, reason) => happened(() => (this.#closed = { code, reason: reason.toString() })),
        onError: (_, code) => (this.#ownEnd ??= ownEndOf(code) === null ? null : code),
      },
      realClock,
    );
  }

  async run(): Promise<CanaryReport> {
    const { signal } = this.#o;
    await this.#until(() => this.#opened || this.#failure !== null || signal.aborted, null);
    if (this.#failure !== null) throw this.#unreachable(this.#failure);
    const { startUs, tcpUs, tlsUs, openUs } = this.#connection.times;
    const replyUs = signal.aborted ? null : await this.#exchange();
    if (signal.aborted) throw interruptedError();
    return {
      tcpUs: (tcpUs ?? startUs) - startUs,
      tlsUs: tlsUs === null ? null : tlsUs - (tcpUs ?? startUs),
      upgradeUs: (openUs ?? startUs) - (tlsUs ?? tcpUs ?? startUs),
      replyUs,
      subprotocol: this.#connection.subprotocol,
    };
  }

  async close(): Promise<void> {
    if (this.#closed !== null || !this.#opened) return this.#connection.terminate();
    this.#connection.close();
    await this.#until(() => this.#closed !== null, CLOSE_MS);
    this.#connection.terminate();
  }

  /** Sends one message and waits for its reply. Null if no reply is expected. */
  async #exchange(): Promise<number | null> {
    const { cell, env, data, signal } = this.#o;
    if (!sends(cell)) return null;
    const connections = peakConnections(cell);
    const row = canaryRow(data);
    const payload = payloadSource({
      ...{ message: cell.message, connections, seed: cell.seed, env },
      data: row === undefined ? [] : [row],
      used: USED_BEFORE_CANARY,
    });
    const sent = Buffer.from(payload.bytes(0, 0));
    const sentUs = realClock.nowUs();
    this.#connection.send(sent, payload.text);
    if (cell.reply.match === 'none') return null;
    let reply: Arrival | null = null;
    const matched = () => {
      reply ??= this.#takeReply(sent, connections);
      return reply !== null;
    };
    await this.#until(() => matched() || this.#closed !== null || signal.aborted, cell.reply.timeoutMs);
    if (reply === null && !signal.aborted) throw this.#noReply();
    return reply === null ? null : (reply as Arrival).atUs - sentUs;
  }

  /** Looks for the frame that answers the message, among those received since the last call. */
  #takeReply(sent: Buffer, connections: number): Arrival | null {
    const { cell } = this.#o;
    const json = cell.message.format === 'json';
    const arrivals = this.#arrivals;
    this.#arrivals = [];
    for (const arrival of arrivals) {
      const { data } = arrival;
      this.#firstBytes ??= data;
      const reader = new SequenceReader(cell.reply.field);
      const numbers = [...reader.named(data, 0, data.length), ...reader.all(data, 0, data.length)];
      const named = numbers.includes(sequenceOf(0, 0, connections, USED_BEFORE_CANARY.numbers));
      if (cell.reply.match === 'sequence' && !named) continue;
      if (!echoesAnywhere(cell.reply.echo, json, sent, data)) {
        if (named) throw this.#notAnEcho(data);
        continue;
      }
      return arrival;
    }
    return null;
  }

  #unreachable({ phase, code, message, body, location }: ConnectFailure): WsurgeError {
    const { shownUrl, printable, endpoint } = this.#o;
    const reason = reasonOf(code, printable(message, 400));
    const says = body === '' ? '' : `; it says: ${printable(body, SHOWN_BODY)}`;
    const asked = { secure: isSecure(endpoint), origin: namesOrigin(endpoint) };
    const fix = SPEAKS_OF_TLS.test(body) ? connectFailureFix('speaks_tls', asked) : connectFailureFix(code, asked);
    const text = `cannot connect to ${shownUrl}: ${reason} (${phase}, ${code})${says}`;
    const leads = isRedirect(code) && location !== undefined ? location : null;
    return new CanaryRefused(unreachableError('unreachable', text, fix), leads);
  }

  #noReply(): WsurgeError {
    const { cell, shownUrl } = this.#o;
    const came =
      this.#ownEnd !== null
        ? `wsurge itself ended the connection: ${ownEndWords(this.#ownEnd)}`
        : this.#closed !== null
          ? `it closed the connection with ${this.#closed.code} ${this.#o.printable(this.#closed.reason, SHOWN_BYTES)}`.trim()
          : this.#firstBytes === null
            ? `nothing came within ${cell.reply.timeoutMs / 1000} s`
            : `what came first was: ${this.#shown(this.#firstBytes)}`;
    return usageError(
      'no_matching_reply',
      `${shownUrl} did not answer one test message as the profile expects (match: ${cell.reply.match}); ${came}`,
      cell.reply.match === 'sequence'
        ? 'if it answers every message in order, use --match order; if it does not answer, use --match none; if the number comes back in another JSON field, use --set reply.field=NAME'
        : 'if it does not answer every message, use --match none; if it answers in its own words, use --set reply.echo=none',
    );
  }

  #notAnEcho(data: Buffer): WsurgeError {
    return usageError(
      'not_an_echo',
      `${this.#o.shownUrl} answered with the sequence but not with what was sent; it said: ${this.#shown(data)}`,
      'use --set reply.echo=none (never judge the content) or --set reply.echo=field:NAME (judge one field)',
    );
  }

  #shown(data: Buffer): string {
    return this.#o.printable(data.subarray(0, SHOWN_BYTES).toString('utf8'), SHOWN_BYTES);
  }

  /** Resolves when `met` is true or the time is up. `met` is evaluated after every event. */
  #until(met: () => boolean, timeoutMs: number | null): Promise<void> {
    const { signal } = this.#o;
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        this.#wake = () => {};
        timer?.cancel();
        signal.removeEventListener('abort', look);
        settle();
      };
      const look = () => {
        try {
          if (met()) end(resolve);
        } catch (error) {
          end(() => reject(error));
        }
      };
      const timer = timeoutMs === null ? null : realClock.after(timeoutMs, () => end(resolve));
      this.#wake = look;
      signal.addEventListener('abort', look);
      look();
    });
  }
}

/**
 * The meaning of the code. Uses the words of the socket or server if the code has no text here, or if those words
 * contain names.
 */
function reasonOf(code: string, said: string): string {
  const words = connectFailureWords(code);
  if (words === null) return said;
  // The words name the proxy and quote its answer.
  if (isOfProxy(code)) return `${said}: ${words}`;
  return code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? `${words}: ${said}` : words;
}

function namesOrigin({ headers }: Endpoint): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'origin');
}

/** The run was stopped before the canary received its reply, so nothing was measured. */
function interruptedError(): WsurgeError {
  return new WsurgeError(EXIT.interrupted, 'interrupted', 'stopped during the test connection, before any load');
}

/** The canary's one line: phases, reply time, sub-protocol, engine. */
export function canaryLine(report: CanaryReport, where: string, engine: string | null): string {
  const tls = report.tlsUs === null ? [] : [`tls ${formatMs(report.tlsUs)} ms`];
  const reply = report.replyUs === null ? 'no reply asked for' : `reply ${formatMs(report.replyUs)} ms`;
  const phases = [`tcp ${formatMs(report.tcpUs)} ms`, ...tls, `upgrade ${formatMs(report.upgradeUs)} ms`, reply];
  const subprotocol = report.subprotocol === '' ? 'no sub-protocol' : `sub-protocol ${report.subprotocol}`;
  return `${where}: ${phases.join(', ')}, ${subprotocol}${engine === null ? '' : `, engine ${engine}`}`;
}
