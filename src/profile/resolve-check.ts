import type { z } from 'zod';
import type { CHECK_SCHEMA } from './check-schema.js';
import type { AnswerSpec, BadMessageSpec, CheckReplySpec, CheckSpec, Said, SecuritySpec } from './check-spec.js';
import type { Path } from './document.js';
import type { Resolution } from './resolution.js';
import { resolveReply } from './resolve-message.js';
import type { ReplyInput } from './schema.js';

type CheckInput = z.output<typeof CHECK_SCHEMA>;
type Requests = NonNullable<CheckInput['requests']>;
type Answers = NonNullable<CheckInput['answers']>;

const DEFAULT_CLOSE_CODES: readonly number[] = [1001, 1003, 1011];
/** Codes that must not be sent in a close frame. */
const NOT_ON_THE_WIRE: ReadonlySet<number> = new Set([1004, 1005, 1006, 1015]);

/**
 * What the profile says about the server's behaviour, and nothing else. The defaults of each kind of server are filled
 * in later.
 */
export function resolveCheck(
  input: CheckInput | undefined,
  reply: ReplyInput | undefined,
  resolution: Resolution,
): CheckSpec {
  const { requests, answers, security, ...plain } = input ?? {};
  const headers = Object.entries(plain.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    protocol: plain.protocol ?? 'auto',
    reply: checkReply(reply),
    envelope: templateText(plain.envelope, ['check', 'envelope'], ['content'], resolution),
    binary: plain.binary ?? null,
    largestBytes: plain.largest ?? null,
    subprotocol: plain.subprotocol ?? null,
    compression: plain.compression ?? null,
    headers: Object.fromEntries(headers),
    cors: plain.cors ?? null,
    wrongPath: said(plain.wrongPath, ({ path, status }) => ({ path, status: status ?? null })),
    missingUpgrade: plain.missingUpgrade ?? null,
    keepAliveMs: plain.keepAlive ?? null,
    ...resolveRequests(requests ?? {}, resolution),
    ...resolveAnswers(answers ?? {}, resolution),
    security: resolveSecurity(security ?? {}),
  };
}

/** A profile whose replies are not matched says that the server does not echo. */
function checkReply(input: ReplyInput | undefined): CheckReplySpec {
  const reply = resolveReply(input, undefined);
  const saysNone = reply.match === 'none' && input?.echo === undefined;
  return {
    ...reply,
    echo: saysNone ? { kind: 'none' } : reply.echo,
    saysEcho: saysNone || input?.echo !== undefined,
    saysTimeout: input?.timeout !== undefined,
  };
}

function said<I, O>(input: I | 'none' | undefined, read: (value: I) => O): Said<O> {
  if (input === undefined) return null;
  return input === 'none' ? 'none' : read(input as I);
}

function resolveRequests(
  input: Requests,
  resolution: Resolution,
): Pick<CheckSpec, 'stream' | 'close' | 'broadcast' | 'stats'> {
  const need = (key: keyof Requests, part: string, written: string, tokens: readonly string[]) =>
    templateText(written, ['check', 'requests', key, part], tokens, resolution)!;
  return {
    stream: said(input.stream, ({ send, index, timestamp }) => ({
      send: need('stream', 'send', send, ['count', 'rate']),
      index,
      timestamp: timestamp ?? null,
    })),
    close: said(input.close, ({ send, codes }) => ({
      send: need('close', 'send', send, ['code', 'reason']),
      codes: codesOf(codes, resolution),
    })),
    broadcast: said(input.broadcast, ({ join, send, field }) => ({
      join: join === undefined ? null : need('broadcast', 'join', join, ['room']),
      send: need('broadcast', 'send', send, ['content']),
      field: field ?? null,
    })),
    stats: said(input.stats, ({ send, connections }) => ({ send, connections })),
  };
}

function codesOf(codes: readonly number[] | undefined, { problems }: Resolution): readonly number[] {
  codes?.forEach((code, index) => {
    if (!NOT_ON_THE_WIRE.has(code)) return;
    const path = ['check', 'requests', 'close', 'codes', index];
    problems.rule({
      path,
      message: 'never stands in a close frame',
      hint: '1000 to 1003, 1007 to 1014 or 3000 to 4999',
    });
  });
  return codes ?? DEFAULT_CLOSE_CODES;
}

function resolveAnswers(
  input: Answers,
  resolution: Resolution,
): Pick<CheckSpec, 'invalidJson' | 'missingField' | 'malformed' | 'oversized' | 'frameLimitBytes'> {
  const bad = (key: 'invalidJson' | 'missingField' | 'malformed'): Said<BadMessageSpec> =>
    said(input[key], ({ send, ...answer }) => ({ send: send ?? null, ...answerOf(key, answer, resolution) }));
  return {
    invalidJson: bad('invalidJson'),
    missingField: bad('missingField'),
    malformed: bad('malformed'),
    oversized: said(input.oversized, ({ bytes, ...answer }) => ({
      bytes,
      ...answerOf('oversized', answer, resolution),
    })),
    frameLimitBytes: input.frameLimit ?? null,
  };
}

type AnswerInput = { readonly contains?: string | undefined; readonly close?: number | undefined };

function answerOf(key: string, { contains, close }: AnswerInput, { problems }: Resolution): AnswerSpec {
  const path: Path = ['check', 'answers', key];
  if ((contains === undefined) === (close === undefined)) {
    const hint = 'e.g. { contains: invalid_json } or { close: 1007 }';
    problems.rule({ path, at: 'key', message: 'needs exactly one of contains and close', hint }, [
      [...path, 'contains'],
      [...path, 'close'],
    ]);
  }
  return { contains: contains ?? null, closeCode: close ?? null };
}

function resolveSecurity(input: NonNullable<CheckInput['security']>): SecuritySpec {
  const { wrongOrigin, quota, connectionLimit } = input;
  return {
    unauthenticated: input.unauthenticated ?? null,
    wrongOrigin:
      wrongOrigin === undefined
        ? null
        : { origin: wrongOrigin.origin ?? 'https://wrong.example', refusal: wrongOrigin.refusal ?? 403 },
    quota: quota === undefined ? null : { messages: quota.messages, closeCode: quota.close },
    connectionLimit:
      connectionLimit === undefined
        ? null
        : { connections: connectionLimit.connections, refusal: connectionLimit.refusal ?? 503 },
    isolation: input.isolation ?? null,
    certificate: input.certificate ?? null,
    minimumTls: input.minimumTls ?? null,
    compressionBomb: input.compressionBomb ?? null,
    hugeLength: input.hugeLength ?? null,
  };
}

/** A template that must hold all these tokens. */
function templateText(
  written: string | undefined,
  path: Path,
  tokens: readonly string[],
  { problems }: Resolution,
): Said<string> {
  if (written === undefined) return null;
  if (written === 'none') return 'none';
  const lacking = tokens.filter((token) => !written.includes(`{{${token}}}`)).map((token) => `{{${token}}}`);
  if (lacking.length > 0)
    problems.rule({ path, message: `lacks ${lacking.join(' and ')}`, hint: 'put it where the value goes' });
  return written;
}
