/** The schema of what connections say and hear: `protocol`, `session`, `when`, `requests` and what goes with them. */
import { z } from 'zod';
import { PROTOCOL_NAMES, PROTOCOLS } from './protocols.js';
import { REACHES } from './reach.js';
import { choice, count, duration, durationOrOff, flag, json, mapping, rate, share, text, weight } from './values.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A line of intervals holds the counters of each. */
const REQUESTS_MAX = 16;
const STEPS_MAX = 100;
const RULES_MAX = 100;

/** As the names of loads. */
const NAME = {
  max: 64,
  pattern: /^[A-Za-z0-9][A-Za-z0-9_-]*$/,
  wants: 'letters, digits, - and _, starting with a letter or digit',
};
const NAMES = `One of: ${PROTOCOL_NAMES.join(', ')}.`;

/** The schema takes 2, so that it can be refused with a reason. */
const qos = (description: string) => count(description, { min: 0, max: 2 }).optional();

const OPTIONS = {
  namespace: text('socket.io: the namespace to connect to. Default /.', {
    max: 256,
    pattern: /^\/[^,\s]*$/,
    wants: 'write it like /chat',
  }).optional(),
  auth: json('socket.io: what the connect packet carries, e.g. { token: ... }. May hold tokens.').optional(),
  payload: json('graphql-ws: what connection_init carries. May hold tokens.').optional(),
  token: json('centrifugo: the connection token (JWT). May hold tokens.').optional(),
  data: json('centrifugo: data of the connect command. May hold tokens.').optional(),
  host: text('stomp: the virtual host. Default /. May hold tokens.', { max: 256 }).optional(),
  login: text('stomp: who logs in. Default: nobody. May hold tokens.', { max: 1024 }).optional(),
  passcode: text('stomp: the password of login. May hold tokens.', { max: 8192 }).optional(),
  'heart-beat': text('stomp: heartbeats offered and asked for, ms. Default 10000,10000; 0 for none.', {
    max: 20,
    pattern: /^(0|[1-9]\d{1,6}),(0|[1-9]\d{1,6})$/,
    wants: "write it like '10000,10000', in quotes: 0 for none, else at least 10 ms",
  }).optional(),
  clientId: text('mqtt: the client id. May hold tokens. Default: none, and the broker makes one up.', {
    max: 1024,
  }).optional(),
  user: text('mqtt: the user name. May hold tokens.', { max: 4096 }).optional(),
  password: text('mqtt: the password. May hold tokens.', { max: 4096 }).optional(),
  keepAlive: durationOrOff('mqtt: the keep-alive; a ping goes out twice as often. off: none. Default 60s.', {
    min: 1000,
    max: 65_535_000,
  }).optional(),
  qos: qos(
    'mqtt: QoS of all that is published and subscribed to, 0 or 1, unless a step or request says it. Default 0.',
  ),
};

const NONE = "none (default): messages of one's own.";

export const PROTOCOL_SCHEMA = z
  .union([
    choice(`What the server speaks. ${NAMES} ${NONE}`, PROTOCOL_NAMES),
    mapping('A protocol with its options.', {
      name: choice(`What the server speaks. ${NAMES} ${NONE}`, PROTOCOL_NAMES),
      beat: durationOrOff('How often the heartbeat of the protocol is sent; off: none is sent, and none answered.', {
        min: 10,
        max: HOUR,
      }).optional(),
      ...OPTIONS,
    }),
  ])
  .meta({ description: 'What the server speaks: a name, or { name, ... } with options. Default none.' });

/** Keys of steps and requests that single protocols have. */
const WORDS = {
  action: text('actioncable: the action of the channel. Default: none.', { max: 256 }).optional(),
  qos: qos('mqtt: its QoS, 0 or 1. Nothing answers a message of QoS 0. Default: that of the protocol.'),
};

const capture = z
  .record(
    text('Name, for {{session.NAME}}.', { max: 64 }),
    text('Where the value is in the JSON that came: $.user.id, $.items[0], or $ for all of it.', { max: 1000 }),
  )
  .meta({ description: 'Values to take from what came, by name: { user: $.user.id }. Used as {{session.user}}.' });

const EXPECT = 'part of its JSON, or { text: ... } for a part of its text.';
const SEND = 'texts may hold tokens.';

const step = mapping('A step of the session: it sends, waits for what it expects, captures, and pauses.', {
  name: text('Name in tables. A named step has a row of times.', NAME).optional(),
  to: json('Where the message goes: event, method, topic; what it is depends on the protocol.').optional(),
  send: json(`What is sent; ${SEND}`).optional(),
  subscribe: json('What is subscribed to; the step waits for the confirmation of the protocol.').optional(),
  expect: json(`What must come before the session goes on: ${EXPECT}`).optional(),
  capture: capture.optional(),
  wait: duration('Pause after the step. Default 0s.', { min: 0, max: HOUR }).optional(),
  repeat: count('How often the step is done; {{step}} counts from 0. Default 1.', { min: 1, max: 10_000 }).optional(),
  timeout: duration('Longest wait for what is expected. Default: until connectTimeout.', {
    min: 1,
    max: 10 * MINUTE,
  }).optional(),
  ...WORDS,
});

const part = text('Text that occurs in the message.', { max: 4096 });
const rule = mapping('What a message means that is no reply. The first rule that fits decides.', {
  has: z
    .union([part, z.array(part).min(1).max(16)])
    .meta({ description: 'Text that occurs in the message, or a list of texts that all occur in it.' }),
  send: json(`The message obliges: this is sent at once, and counted; ${SEND}`).optional(),
  count: text('The message is expected traffic, counted under this name.', NAME).optional(),
  delivers: text('The message was sent to many by this request: the name of one with reaches.', NAME).optional(),
  fails: flag('true: the message is a reply that says no, and counts as failed.').optional(),
  name: text('Name in tables, for rules with send or fails. Default: rule and its place in the list.', NAME).optional(),
});

const request = mapping('One kind of message of a load, with counters and times of its own.', {
  name: text('Name in tables and selectors.', NAME),
  weight: weight('How often it is drawn, relative to the others. Default 1.').optional(),
  to: json('Where the message goes: event, method, topic; what it is depends on the protocol.').optional(),
  send: json(`What is sent; ${SEND}`).optional(),
  expect: json(`What its reply must hold, else it counts as failed: ${EXPECT}`).optional(),
  capture: capture.optional(),
  reaches: choice(
    'Whom the message is delivered to, the sender included: all, or room. others: without the sender.',
    REACHES,
  ).optional(),
  reply: choice('none: the request has no reply of its own.', ['none']).optional(),
  ...WORDS,
});

/** Allowed at the top level as defaults, and in a load entry for that load only. */
export const TALK_DEFAULTS = {
  session: z
    .array(step)
    .min(1)
    .max(STEPS_MAX)
    .meta({ description: 'Steps from the upgrade until a connection counts as open: log in, subscribe.' })
    .optional(),
  when: z
    .array(rule)
    .min(1)
    .max(RULES_MAX)
    .meta({ description: 'What messages mean that are no replies; the first rule that fits decides.' })
    .optional(),
  requests: z
    .array(request)
    .min(1)
    .max(REQUESTS_MAX)
    .meta({ description: 'The kinds of message that the load sends, instead of message.' })
    .optional(),
  pick: choice('Which request is next. weighted (default): drawn by weight. in turn: one after the other.', [
    'weighted',
    'in turn',
  ]).optional(),
  rooms: count('Connections are spread over so many rooms: {{room}} is the connection modulo rooms.', {
    min: 1,
    max: 10_000_000,
  }).optional(),
  senders: count('Only the first so many connections send; all listen. Default: all send.', {
    min: 1,
    max: 10_000_000,
  }).optional(),
  deliver: mapping('How deliveries are judged, where a request reaches others.', {
    timeout: duration('A connection that got nothing by then has missed the message. Default: reply.timeout.', {
      min: 1,
      max: 10 * MINUTE,
    }).optional(),
  }).optional(),
  slow: mapping('Subscribers that read slowly, to show what they do to the others. They send nothing.', {
    share: share('How many of the connections: the last ones, at least one.'),
    rate: rate('Each reads so many messages a second at most.', { min: 0.01, max: 100_000 }).optional(),
    stops: flag('true: they stop reading as soon as they are open.').optional(),
  }).optional(),
  script: text('A .js, .mjs or .ts file that says what YAML cannot. Relative to the profile.').optional(),
};

export type StepInput = z.output<typeof step>;
export type RuleInput = z.output<typeof rule>;
export type RequestInput = z.output<typeof request>;

/** Every option of a protocol and every word of one must be in the schema; a test asks. */
export const OPTION_NAMES = Object.keys(OPTIONS);
export const WORD_NAMES = Object.keys(WORDS) as (keyof typeof WORDS)[];
export const ALL_OPTIONS = Object.values(PROTOCOLS).flatMap(({ options }) => options);
export const ALL_WORDS = Object.values(PROTOCOLS).flatMap(({ words }) => words);
