/** A bus over NATS core. The only file that knows the package, which is an optional peer. */

import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { fileURLToPath } from 'node:url';
import type { Msg, NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';
import { codeOf, messageOf, usageError, WsurgeError } from '../errors.js';
import { connectError, endError, forbiddenError, goneError, handshakeError, mayStillCome } from './broker-errors.js';
import { type BrokerSettings, isPrivateBroker, readBrokerSettings } from './broker-settings.js';
import { type Bus, BusError, type BusHandler, type BusMessage } from './bus.js';
import { installLine } from './install-line.js';
import { interrupted } from './interrupted.js';
import { SMALLEST_MESSAGE_BYTES } from './parts.js';
import { Turns } from './turns.js';

type Nats = typeof import('@nats-io/transport-node');

export interface BusOptions {
  /** Without it NATS_URL. */
  readonly url?: string | undefined;
  /** Has NATS_URL, NATS_CREDS, NATS_USER, NATS_PASSWORD, NATS_CA, NATS_CERT, NATS_KEY. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where answers come back: the broker's users may listen on their own only. */
  readonly inboxPrefix: '_INBOX_c' | '_INBOX_a';
  /** Shown in the broker's monitoring. */
  readonly name?: string;
  /** How long to wait for a broker that is not there yet, ms. Usually 0. */
  readonly waitMs?: number;
  /** Is told once that the broker is waited for, and why. */
  readonly onWait?: (error: WsurgeError) => void;
  /** Is told what ends an `answer`, or the whole connection, from the broker's side. */
  readonly onProblem?: (error: WsurgeError) => void;
  /** Is told each time the broker goes, and with null each time it is back. */
  readonly onAway?: (why: WsurgeError | null) => void;
  /** Ends the attempt to connect. */
  readonly signal?: AbortSignal | undefined;
  /** For tests. */
  readonly load?: () => Promise<Nats>;
}

const DIAL_TIMEOUT_MS = 5000;
const REDIAL_MS = 250;
/** How long `close` waits for what is still to be sent, ms. */
const CLOSE_MS = 1000;
/** The most answers that one `requestMany` takes. */
const ANSWERS_MAX = 65_536;

/** Connects to the broker. Throws a WsurgeError: 103 or 104, and 105 once `signal` aborts. */
export async function connectBus(options: BusOptions): Promise<Bus> {
  const nats = await loaded(options.load ?? (() => import('@nats-io/transport-node')));
  const settings = await readBrokerSettings(options.url, options.env);
  const connection = await connected(nats, settings, options);
  const bus = new NatsBus(nats, connection, settings, options);
  if (bus.maxPayloadBytes >= SMALLEST_MESSAGE_BYTES) return bus;
  await bus.close();
  throw usageError(
    'broker_payload',
    `the broker takes messages of ${bus.maxPayloadBytes} bytes at most`,
    `set max_payload in its configuration to ${SMALLEST_MESSAGE_BYTES} or more; 1MB is usual`,
  );
}

async function loaded(load: () => Promise<Nats>): Promise<Nats> {
  try {
    return await load();
  } catch (error) {
    const isMissing = codeOf(error) === 'ERR_MODULE_NOT_FOUND';
    const why = isMissing ? 'is not installed' : `does not load: ${messageOf(error).split('\n', 1)[0]}`;
    throw usageError('nats_missing', `@nats-io/transport-node ${why}`, installLine(fileURLToPath(import.meta.url)));
  }
}

/**
 * Tries again while the broker may still come. The package has a `waitOnFirstConnect`, but with it a wrong host or a
 * refused certificate waits forever and says nothing.
 */
async function connected(nats: Nats, settings: BrokerSettings, options: BusOptions): Promise<NatsConnection> {
  const { signal, onWait, waitMs = 0 } = options;
  const untilMs = performance.now() + waitMs;
  const seen: Seen = { certificate: false };
  const clientOptions = natsOptions(nats, settings, options, seen);
  for (let isFirst = true; ; isFirst = false) {
    if (signal?.aborted) throw interrupted(CONNECTING);
    try {
      return await unlessAborted(nats.connect(clientOptions), signal);
    } catch (error) {
      if (error instanceof WsurgeError) throw error;
      // A broker that wants a certificate of ours ends the connection after the handshake, and the package waits on.
      if (seen.certificate && mayStillCome(error)) throw handshakeError(settings);
      const told = connectError(error, settings);
      if (!mayStillCome(error) || performance.now() + REDIAL_MS > untilMs) throw told;
      if (isFirst) onWait?.(told);
    }
    await pause(REDIAL_MS, signal);
  }
}

/** What was seen while dialling. */
interface Seen {
  /** The broker's certificate is one that we trust. */
  certificate: boolean;
}

function natsOptions(nats: Nats, settings: BrokerSettings, options: BusOptions, seen: Seen): NodeConnectionOptions {
  const { login, tls } = settings;
  // Its types do not name this option, but it hands all of them to Node.
  const tlsOptions: object = { ...tls, checkServerIdentity: identityCheck(settings.hosts, seen) };
  return {
    servers: [...settings.servers],
    name: options.name ?? 'wsurge',
    inboxPrefix: options.inboxPrefix,
    timeout: DIAL_TIMEOUT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: REDIAL_MS,
    pingInterval: 5000,
    maxPingOut: 2,
    ignoreAuthErrorAbort: false,
    noAsyncTraces: true,
    // Other servers of a cluster may be on other machines: secrets for this machine would go there in the clear.
    ignoreClusterUpdates: tls === null && isPrivateBroker(settings),
    ...(login.kind === 'token' && { token: login.token }),
    ...(login.kind === 'user' && { user: login.user, pass: login.password }),
    ...(login.kind === 'creds' && { authenticator: credsAuthenticator(nats, login) }),
    ...(tls && { tls: tlsOptions }),
  };
}

function credsAuthenticator(nats: Nats, { creds, file }: { readonly creds: Uint8Array; readonly file: string }) {
  const authenticator = nats.credsAuthenticator(creds);
  try {
    authenticator('nonce');
  } catch {
    throw usageError('broker_login', `${file} is no file of NATS credentials`, 'set NATS_CREDS to a file made by nsc');
  }
  return authenticator;
}

/**
 * The package gives Node no name to compare where the broker is named by an address, so Node would ask the certificate
 * for `localhost`.
 */
function identityCheck(hosts: readonly string[], seen: Seen) {
  const addresses = hosts.filter((host) => isIP(host) !== 0);
  return (name: string, certificate: PeerCertificate): Error | undefined => {
    const isNamed = addresses.length === 0 || hosts.includes(name);
    const names = isNamed ? [name, ...addresses] : addresses;
    const problems = names.map((host) => checkServerIdentity(host, certificate));
    seen.certificate = problems.includes(undefined);
    return seen.certificate ? undefined : problems[0];
  };
}

class NatsBus implements Bus {
  readonly isPrivate: boolean;
  readonly #nats: Nats;
  readonly #connection: NatsConnection;
  readonly #turns = new Turns();
  readonly #onProblem: (error: WsurgeError) => void;
  readonly #onAway: (why: WsurgeError | null) => void;
  #reconnects = 0;
  #maxPayloadBytes: number;
  #isOver = false;
  #away: WsurgeError | null = null;

  constructor(
    nats: Nats,
    connection: NatsConnection,
    settings: BrokerSettings,
    { onProblem, onAway }: Pick<BusOptions, 'onProblem' | 'onAway'>,
  ) {
    this.isPrivate = isPrivateBroker(settings);
    this.#nats = nats;
    this.#connection = connection;
    this.#onProblem = onProblem ?? (() => {});
    this.#onAway = onAway ?? (() => {});
    this.#maxPayloadBytes = connection.info?.max_payload ?? 0;
    void this.#watch(settings);
  }

  get maxPayloadBytes(): number {
    // While it is cut off nothing is known; another broker may then have another limit.
    this.#maxPayloadBytes = this.#connection.info?.max_payload ?? this.#maxPayloadBytes;
    return this.#maxPayloadBytes;
  }

  get away(): WsurgeError | null {
    return this.#away;
  }

  get reconnects(): number {
    return this.#reconnects;
  }

  async request(subject: string, message: BusMessage, timeoutMs: number): Promise<BusMessage> {
    try {
      const { headers, body } = this.#sent(message);
      return received(await this.#connection.request(subject, body, { timeout: timeoutMs, headers }));
    } catch (error) {
      throw this.#told(error, subject);
    }
  }

  async requestMany(subject: string, message: BusMessage, quietMs: number): Promise<readonly BusMessage[]> {
    const answers: BusMessage[] = [];
    try {
      const { headers, body } = this.#sent(message);
      // The first answer, too, may take `quietMs`.
      const waits = { strategy: 'stall', maxWait: quietMs, stall: quietMs } as const;
      for await (const answer of await this.#connection.requestMany(subject, body, { ...waits, headers })) {
        answers.push(received(answer));
        if (answers.length >= ANSWERS_MAX) break;
      }
    } catch (error) {
      const told = this.#told(error, subject);
      if (!(told instanceof BusError && told.code === 'nobody')) throw told;
    }
    return answers;
  }

  answer(subject: string, handler: BusHandler): () => void {
    if (this.#isOver) throw closed();
    const subscription = this.#connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) this.#take(message, handler);
        else this.#onProblem(forbiddenError(error) ?? usageError('broker_answer', messageOf(error)));
      },
    });
    return () => subscription.unsubscribe();
  }

  async heard(): Promise<void> {
    // The broker answers in order. One that goes away meanwhile is told elsewhere.
    await this.#connection.flush().catch(() => {});
  }

  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#away === null) await this.#drain();
    await this.#connection.close();
  }

  /** What is still to be sent is sent. */
  async #drain(): Promise<void> {
    const sent = new AbortController();
    void this.#connection.drain().then(
      () => sent.abort(),
      () => sent.abort(),
    );
    await pause(CLOSE_MS, sent.signal);
  }

  /** Answers now, or in a later turn of the event loop. Never throws: that would end the reader of the connection. */
  #take(message: Msg, handler: BusHandler): void {
    try {
      const question = received(message);
      if (!this.#turns.mustWait) return void this.#respond(message, question, handler);
      // The client may use its buffer again.
      const kept = { ...question, body: Buffer.from(question.body) };
      this.#turns.later(() => void this.#respond(message, kept, handler));
    } catch {
      // Its headers are none.
    }
  }

  async #respond(message: Msg, question: BusMessage, handler: BusHandler): Promise<void> {
    try {
      const { headers, body } = this.#sent(await handler(question));
      message.respond(body, { headers });
    } catch {
      // Who asked gets no answer, and asks again.
    }
  }

  #sent({ headers, body }: BusMessage) {
    const made = this.#nats.headers();
    for (const [name, text] of Object.entries(headers)) made.set(name, text);
    return { headers: made, body };
  }

  #told(error: unknown, subject: string): Error {
    const name = error instanceof Error ? error.name : '';
    const { RequestError } = this.#nats;
    if (error instanceof RequestError && error.isNoResponders()) {
      return new BusError('nobody', `nobody listens on ${subject}`);
    }
    if (name === 'TimeoutError') return new BusError('silence', `no answer on ${subject} in time`);
    if (name === 'NoResponders') return new BusError('nobody', `nobody listens on ${subject}`);
    const isClosed = /connection closed/.test(messageOf(error)) || this.#connection.isClosed();
    if (isClosed || /^(ClosedConnection|DrainingConnection)Error$/.test(name)) return closed();
    const forbidden = forbiddenError(error);
    if (forbidden !== null) return forbidden;
    // A message too large, or a subject with a space: a mistake of ours.
    if (/^Invalid/.test(name)) return error as Error;
    return new BusError('silence', `no answer on ${subject}: ${messageOf(error)}`);
  }

  async #watch(settings: BrokerSettings): Promise<void> {
    void this.#connection.closed().then((error) => {
      if (this.#isOver) return;
      this.#isOver = true;
      this.#away = endError(error, settings);
      this.#onProblem(this.#away);
    });
    for await (const { type } of this.#connection.status()) {
      if (type === 'disconnect') this.#goes(goneError(settings));
      if (type !== 'reconnect') continue;
      this.#reconnects++;
      this.#goes(null);
    }
  }

  /** Told once, however often the connection is tried again. */
  #goes(away: WsurgeError | null): void {
    const isNews = (away === null) !== (this.#away === null);
    this.#away = away;
    if (isNews && !this.#isOver) this.#onAway(away);
  }
}

function received({ headers, data }: Msg): BusMessage {
  const names = headers?.keys() ?? [];
  return { headers: Object.fromEntries(names.map((name) => [name, headers!.get(name)])), body: data };
}

function closed(): BusError {
  return new BusError('closed', 'the connection to the broker is closed');
}

const CONNECTING = 'connecting to the broker';

/** A connection that comes after all is closed at once. */
function unlessAborted(dialing: Promise<NatsConnection>, signal?: AbortSignal): Promise<NatsConnection> {
  if (signal === undefined) return dialing;
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      void dialing.then((connection) => connection.close()).catch(() => {});
      reject(interrupted(CONNECTING));
    };
    signal.addEventListener('abort', abort, { once: true });
    dialing.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Ends early once `signal` aborts. */
function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}
