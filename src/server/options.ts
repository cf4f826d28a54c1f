import { z } from 'zod';
import { EXIT, type Problem, WsurgeError } from '../errors.js';

export type EngineName = 'ws' | 'uws';

/** What a caller may say; everything has a default. */
export interface ServerOptions {
  /** `auto` takes uWebSockets.js where it is installed, else ws. */
  readonly engine?: EngineName | 'auto';
  readonly host?: string;
  /** 0 takes any free port. */
  readonly port?: number;
  /** The only path WebSockets are accepted on; null accepts them on every path. */
  readonly path?: string | null;
  /** 0 turns pings off. A peer silent for one whole interval after a ping is dropped. */
  readonly pingIntervalMs?: number;
  /** Asked for as `Authorization: Bearer <token>` or `?token=<token>`. */
  readonly token?: string | null;
  /** Origins let in; none given lets all in. With a list, a request without an Origin is refused too. */
  readonly origins?: readonly string[];
  /** Messages a connection may send before it is closed with 4429. */
  readonly quota?: number | null;
  readonly maxConnections?: number | null;
  /** Above it a message is refused with an error and the connection stays open. */
  readonly maxMessageBytes?: number;
  /** Above it the connection is closed with 1009. */
  readonly maxFrameBytes?: number;
  /** What may wait for a slow reader before its connection is closed with 1013. */
  readonly maxBufferedBytes?: number;
  /** Closes with 1003 on a binary message. */
  readonly textOnly?: boolean;
  /** PEM files; both or neither. With them the server speaks wss. */
  readonly certFile?: string | null;
  readonly keyFile?: string | null;
}

/** The options with every default filled in. */
export interface ServerSettings extends Required<ServerOptions> {
  readonly engine: EngineName | 'auto';
}

const KIB = 1024;
const MIB = 1024 * KIB;

const wholeNumber = (min: number, max: number, unit: string) => {
  const message = `a whole number${unit} from ${min} to ${max}`;
  return z.number({ error: message }).int(message).min(min, message).max(max, message);
};
const filled = (message: string) => z.string({ error: message }).min(1, message);

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
    certFile: filled('a PEM file').nullable().default(null),
    keyFile: filled('a PEM file').nullable().default(null),
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
  });

/** Lets a rule about two options speak up even where others are wrong, so that all problems come at once. */
function isObject({ value }: { readonly value: unknown }): boolean {
  return typeof value === 'object' && value !== null;
}

/**
 * Checks options and fills in the defaults. Throws a WsurgeError (104, `serve_options`) with all problems at once.
 * `describe` names an option as its user wrote it, with the value: `--port "abc"`.
 */
export function parseServerOptions(options: unknown, describe: (key: string) => string = (key) => key): ServerSettings {
  const parsed = settingsSchema.safeParse(options);
  if (parsed.success) return Object.freeze(parsed.data);
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, describe));
  const text = problems.map(({ where, message }) => `${where}: ${message}`).join('; ');
  throw new WsurgeError(EXIT.usage, 'serve_options', `the server cannot start so: ${text}`, {
    next: 'wsurge serve --help lists what each option takes',
    problems,
  });
}

function problemsOf(issue: z.core.$ZodIssue, describe: (key: string) => string): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ where: describe(key), message: 'no such option' }));
  }
  const message = issue.code === 'custom' ? issue.message : `must be ${issue.message}`;
  return [{ where: describe(String(issue.path[0] ?? 'options')), message }];
}
