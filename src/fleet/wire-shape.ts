/** What connections of a cell say and hear, as an agent takes it from an order. */
import { z } from 'zod';
import type {
  Wire,
  WireBeat,
  WireBinary,
  WireByte,
  WireCapture,
  WireKey,
  WireLayout,
  WireLength,
  WireMatch,
  WirePart,
  WireRequest,
  WireRule,
  WireStep,
} from '../dialect/wire.js';
import type { SlowSpec } from '../profile/profile.js';
import { PROTOCOL_NAMES } from '../profile/protocols.js';
import { count, flag, like, number, rate, share, text, texts, time, yes } from './shape.js';

const ONE_BYTE = count(0, 255);
const TIMES_MAX = 10_000;
const COUNT_MAX = 10_000_000;

const byte = like<WireByte>({ mask: ONE_BYTE, is: ONE_BYTE });
const part: z.ZodType<WirePart> = z.union([
  z.literal('length'),
  z.literal('text'),
  like<Extract<WirePart, object>>({ idIf: ONE_BYTE }),
]);
const layout = like<WireLayout>({ first: byte, before: z.array(part) });
const length = like<WireLength>({ lengthAt: count(0, 1024) });
const members = z.record(z.string(), text.nullable());
const path = z.array(z.union([text, number]));

const match = like<WireMatch>({
  binary: yes.exactOptional(),
  starts: text.exactOptional(),
  bytes: text.exactOptional(),
  layout: layout.exactOptional(),
  has: texts.exactOptional(),
  headers: members.exactOptional(),
  members: members.exactOptional(),
  inside: like<NonNullable<WireMatch['inside']>>({ member: text, members }).exactOptional(),
  json: like<NonNullable<WireMatch['json']>>({ at: path, subset: text }).exactOptional(),
});

const capture = like<WireCapture>({
  name: text,
  path,
  header: like<NonNullable<WireCapture['header']>>({ name: text, item: count(0, 1024) }).exactOptional(),
  optional: yes.exactOptional(),
});

const step = like<WireStep>({
  name: text,
  timed: flag,
  send: text.nullable(),
  expect: match.nullable(),
  refusals: z.array(like<WireStep['refusals'][number]>({ match, code: text })),
  captures: z.array(capture),
  waitMs: time(),
  repeat: count(1, TIMES_MAX),
  timeoutMs: time().nullable(),
});

const rule = like<WireRule>({
  name: text,
  match,
  means: z.enum(['duty', 'count', 'trailer', 'reply', 'fails', 'ends', 'delivery']),
  otherwise: z.literal('count').exactOptional(),
  send: text.nullable(),
  needs: text.exactOptional(),
});

const request = like<WireRequest>({
  name: text,
  weight: z.number().min(0),
  send: text,
  built: like<NonNullable<WireRequest['built']>>({ fresh: flag }).exactOptional(),
  expect: match.nullable(),
  captures: z.array(capture),
  reaches: z.enum(['all', 'room', 'others']).exactOptional(),
  silent: yes.exactOptional(),
});

type KeyOf<K extends WireKey['kind']> = Extract<WireKey, { kind: K }>;

const key: z.ZodType<WireKey> = z.union([
  like<KeyOf<'field'>>({ kind: z.literal('field'), field: text }),
  like<KeyOf<'member'>>({ kind: z.literal('member'), name: text }),
  like<KeyOf<'starts'>>({ kind: z.literal('starts'), marker: text, also: texts.exactOptional() }),
  like<KeyOf<'header'>>({ kind: z.literal('header'), name: text }),
  like<KeyOf<'slot'>>({ kind: z.literal('slot'), at: count(0, 1024) }),
]);

const binary = like<WireBinary>({
  content: layout,
  confirm: like<NonNullable<WireBinary['confirm']>>({ first: byte, send: text }).nullable(),
});

/** A heartbeat counts in no rate, so it may not be one. */
const beat = like<WireBeat>({
  everyMs: time(1),
  atMost: text.exactOptional(),
  send: text,
  wanted: text.exactOptional(),
});

export const wireShape = like<Wire>({
  protocol: z.enum(PROTOCOL_NAMES),
  steps: z.array(step).max(1000),
  rules: z.array(rule).max(1000),
  requests: z.array(request).max(1000),
  pick: z.enum(['weighted', 'in turn']),
  separator: z.union([ONE_BYTE, z.literal('array'), z.literal('headed'), length, z.null()]),
  key,
  beat: beat.nullable(),
  bye: text.exactOptional(),
  binary: binary.exactOptional(),
  rooms: count(1, COUNT_MAX).nullable(),
  deliver: like<NonNullable<Wire['deliver']>>({ timeoutMs: time() }).exactOptional(),
  slow: like<SlowSpec>({ share, ratePerSecond: rate(0.01, 100_000).nullable() }).exactOptional(),
  senders: count(1, COUNT_MAX).nullable(),
  script: like<NonNullable<Wire['script']>>({ path: text, sha256: text }).nullable(),
});
