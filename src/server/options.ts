import { z } from 'zod';
import { EXIT, type Problem, WsurgeError } from '../errors.js';
import { parseFaults } from './faults/fault-list.js';
import type { TruthSink } from './faults/truth-entry.js';

export type EngineName = 'ws' | 'uws';

/** Options as a caller gives them. Every option has a default. */
export interface ServerOptions {
  /** `auto` uses uWebSockets.js if it is installed, else ws. */
  readonly engine?: EngineName | 'auto';
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port?: number;
  /** The only path that accepts WebSockets; null accepts them on every path. */
  readonly path?: string | null;
  /** 0 turns pings off. A peer that is silent for one whole interval after a ping is dropped. */
  readonly pingIntervalMs?: number;
  /** Clients must send it as `Authorization: Bearer <token>` or `?token=<token>`. */
  readonly token?: string | null;
  /** Allowed origins; an empty list allows all. With a list, a request without an Origin is refused, too. */
  readonly origins?: readonly string[];
  /** Messages a connection may send before it is closed with 4429. */
  readonly quota?: number | null;
  readonly maxConnections?: number | null;
  /** A longer message is answered with an error, and the connection stays open. */
  readonly maxMessageBytes?: number;
  /** A longer message closes the connection with 1009. */
  readonly maxFrameBytes?: number;
  /** If more bytes wait for a slow reader, its connection is closed with 1013. */
  readonly maxBufferedBytes?: number;
  /** Closes with 1003 on a binary message. */
  readonly textOnly?: boolean;
  /**
   * Sends every message back as it came, without parsing it. Of the bot protocol's rules only the size limits apply.
   */
  readonly plainEcho?: boolean;
  /** PEM files; both or neither. With them the server speaks wss. */
  readonly certFile?: string | null;
  readonly keyFile?: string | null;
  /**
   * How the server misbehaves, written as for `wsurge serve --faults`: `'stall:100ms/1s,drop:1%'`, or a list of such
   * texts. Empty: no faults.
   */
  readonly faults?: string | readonly string[];
  /** Seed of all random decisions of the faults, 0 to 2^32 - 1. */
  readonly seed?: number;
  /** Where to log when each message came in and when its reply left: a file, or a function called with every entry. */
  readonly truthLog?: string | TruthSink | null;
}

/** The options, with defaults filled in. */
export interface ServerSettings extends Required<ServerOptions> {
  readonly engine: EngineName | 'auto';
  readonly faults: readonly string[];
}

const KIB = 1024;
const MIB = 1024 * KIB;

const wholeNumber = (min: number, max: number, unit: string) => {
  const message = `a whole number${unit} from ${min} to ${max}`;
  return z.number({ error: message }).int(message).min(min, message).max(max, message);
};
const filled = (message: string) => z.string({ error: message }).min(1, message);

const FAULTS_MESSAGE = 'a list of faults such as stall:100ms/1s,drop:1%';

function checkFaults(texts: readonly string[], context: z.RefinementCtx): void {
  for (const { message, hint } of parseFaults(texts).problems) {
    context.addIssue({ code: 'custom', message, params: { hint } });
  }
}

const settingsSchema = z
  .strictObject({
    engine: z.enum(['ws', 'uws', 'auto'], { error: 'ws, uws or auto' }).default('auto'),
    host: filled('a host name or an IP address').default('127.0.0.1'),
    port: wholeNumber(0, 65_535, '').default(0),
    path: z
      .string()
      .regex(/^\/[^?#\s]*$/, 'a path that starts with / and has no query')
      .nullable()
      .default(null),
    pingIntervalMs: z
      .union([z.literal(0), wholeNumber(10, 86_400_000, ' of milliseconds')], { error: '0s (off), or 10ms to 24h' })
      .default(30_000),
    token: filled('a token that is not empty').nullable().default(null),
    origins: z.array(filled('an origin such as https://example.org')).default([]),
    quota: wholeNumber(1, 1_000_000_000, ' of messages').nullable().default(null),
    maxConnections: wholeNumber(1, 1_000_000, ' of connections').nullable().default(null),
    maxMessageBytes: wholeNumber(64, 16 * MIB, ' of bytes').default(MIB),
    maxFrameBytes: wholeNumber(KIB, 16 * MIB, ' of bytes').default(16 * MIB),
    maxBufferedBytes: wholeNumber(KIB, 1024 * MIB, ' of bytes').default(16 * MIB),
    textOnly: z.boolean().default(false),
    plainEcho: z.boolean().default(false),
    certFile: filled('a PEM file').nullable().default(null),
    keyFile: filled('a PEM file').nullable().default(null),
    faults: z
      .union([z.string().transform((text) => [text]), z.array(z.string())], { error: FAULTS_MESSAGE })
      .superRefine(checkFaults)
      .default([]),
    seed: wholeNumber(0, 2 ** 32 - 1, '').default(1),
    truthLog: z
      .union([filled('a path'), z.custom<TruthSink>((value) => typeof value === 'function')], {
        error: 'the path of a file',
      })
      .nullable()
      .default(null),
  })
  .refine(({ certFile, keyFile }) => !certFile || Boolean(keyFile), {
    path: ['keyFile'],
    message: 'is missing: a certificate needs its key',
    when: isObject,
  })
  .refine(({ certFile, keyFile }) => !keyFile || Boolean(certFile), {
    path: ['certFile'],
    message: 'is missing: a key needs its certificate',
    when: isObject,
  })
  .refine(({ maxMessageBytes, maxFrameBytes }) => maxMessageBytes <= maxFrameBytes, {
    path: ['maxMessageBytes'],
    message: 'must be at most the protocol limit, maxFrameBytes',
  })
  .refine(({ engine, faults }) => engine !== 'uws' || !needsWs(faults), {
    path: ['faults'],
    message: 'slow-reader needs the engine ws: uWebSockets.js cannot stop reading one connection',
    params: { hint: 'use --engine ws (auto does so by itself), or remove slow-reader' },
    when: isObject,
  });

/** Whether one of the faults needs the engine ws. */
export function needsWs(faults: unknown): boolean {
  return Array.isArray(faults) && parseFaults(faults.map(String)).plan['slow-reader'] !== undefined;
}

/**
 * `when` of a rule about two options. The rule is checked even if another option is wrong, so that all problems are
 * listed.
 */
function isObject({ value }: { readonly value: unknown }): boolean {
  return typeof value === 'object' && value !== null;
}

/**
 * Checks the options and fills in defaults. Throws a WsurgeError (104, `serve_options`) that lists all problems.
 * `describe` returns an option with its value as the user wrote it: `--port "abc"`.
 */
export function parseServerOptions(options: unknown, describe: (key: string) => string = (key) => key): ServerSettings {
  const parsed = settingsSchema.safeParse(options);
  if (parsed.success) return Object.freeze(parsed.data);
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, describe));
  const text = problems.map(({ where, message }) => `${where}: ${message}`).join('; ');
  throw new WsurgeError(EXIT.usage, 'serve_options', `cannot start the server: ${text}`, {
    next: 'wsurge serve --help lists the values of each option',
    problems,
  });
}

function problemsOf(issue: z.core.$ZodIssue, describe: (key: string) => string): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ where: describe(key), message: 'no such option' }));
  }
  const where = describe(String(issue.path[0] ?? 'options'));
  if (issue.code !== 'custom') return [{ where, message: `must be ${issue.message}` }];
  const hint: unknown = issue.params?.['hint'];
  return [typeof hint === 'string' ? { where, message: issue.message, hint } : { where, message: issue.message }];
}
