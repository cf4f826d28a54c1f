import { z } from 'zod';
import { CHECK_SCHEMA } from './check-schema.js';
import { FLAG_KEYS, SIZE_MAX_BYTES } from './flag-keys.js';
import { METRIC_NAMES } from './metrics.js';
import { PROTOCOL_SCHEMA, TALK_DEFAULTS } from './talk-schema.js';
import {
  bytes,
  choice,
  count,
  countOrAuto,
  duration,
  flag,
  leaf,
  mapping,
  scalarText,
  share,
  text,
  weight,
} from './values.js';

/**
 * The schema of a profile, whether written as YAML, JSON or flags. It reads every value into its base unit. Defaults
 * and rules across keys come later, in the `resolve-*` files.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const tls = mapping('TLS options for wss. Each of ca, cert and key is a path to a PEM file, or PEM text.', {
  ca: text('Certificate authority to trust: path of a PEM file.', { max: SIZE_MAX_BYTES }).optional(),
  cert: text('Client certificate: path of a PEM file. Needs key.', { max: SIZE_MAX_BYTES }).optional(),
  key: text('Private key of the client certificate: path of a PEM file. Needs cert.', {
    max: SIZE_MAX_BYTES,
  }).optional(),
  passphrase: text(`Opens key if it is encrypted. Give it as a secret: \${secret:NAME}.`).optional(),
  insecure: flag('Accept any certificate. Default false.').optional(),
  servername: text('Server name to send (SNI) and to check, if it is not the host of the URL.').optional(),
});

const ready = z
  .union([
    choice('`port`: ready as soon as the port of the URL accepts a connection.', ['port']),
    mapping('How to tell that the server is up: one of the keys.', {
      url: text('Ready as soon as a GET of this http(s) URL answers with status 2xx.').optional(),
      log: text('Ready as soon as a line of its output contains this text.').optional(),
    }),
  ])
  .meta({ description: 'How to tell that the started server is up: port, { url } or { log }. Default port.' });

const target = mapping('The server under test: exactly one of url, embedded, or command with url.', {
  url: text(
    'Address: ws://, wss:// or ws+unix:. May hold {{connection}}, {{env.X}} and {{data.x}} after the host.',
  ).optional(),
  embedded: choice("wsurge's own reference server on this engine, started for the run.", [
    'auto',
    'ws',
    'uws',
  ]).optional(),
  command: text('Command line that starts the server; url says where it listens.').optional(),
  ready: ready.optional(),
  readyTimeout: duration('Longest time from the start of the command until it is ready. Default 30s.', {
    min: 1,
    max: HOUR,
  }).optional(),
  stopTimeout: duration('Time from SIGTERM, which asks the command to end, to SIGKILL. Default 5s.', {
    min: 1,
    max: HOUR,
  }).optional(),
  headers: z
    .record(text('Header name.'), scalarText('Header value; may hold tokens.', 16_384))
    .meta({ description: 'Request headers of the handshake.' })
    .optional(),
  subprotocols: z
    .array(text('A sub-protocol; may hold tokens.'))
    .max(32)
    .meta({ description: 'Sub-protocols to offer, in order of preference.' })
    .optional(),
  tls: tls.optional(),
  resolve: leaf(FLAG_KEYS.resolve).optional(),
  followRedirects: flag(
    'Follow HTTP redirects of the handshake, at most 5, once before the load; never from wss to ws. Default false.',
  ).optional(),
  proxy: text('HTTP proxy that connections go through by CONNECT: http://user:password@host:port.').optional(),
  pid: countOrAuto(
    'Process to watch for CPU and memory. `auto` (default): the local process that listens on the port.',
    {
      min: 1,
      max: 2 ** 31 - 1,
    },
  ).optional(),
});

const SIZE = { min: 0, max: SIZE_MAX_BYTES };
const size = z
  .union([
    leaf(FLAG_KEYS.size),
    mapping('A size drawn evenly between two bounds.', {
      uniform: z
        .tuple([bytes('Smallest size.', SIZE), bytes('Largest size.', SIZE)])
        .meta({ description: '[smallest, largest] in bytes.' }),
    }),
    z
      .array(
        mapping('One of several sizes.', {
          size: leaf(FLAG_KEYS.size),
          weight: weight('How often it is drawn, relative to the others.'),
        }),
      )
      .min(1)
      .max(100)
      .meta({ description: 'Sizes drawn by weight.' }),
  ])
  .meta({
    description:
      'Payload size: bytes, { uniform: [min, max] } or a list of { size, weight }. Default 64; at most 1 MiB.',
  });

const message = mapping('What is sent. Generated messages carry the connection id and a sequence number.', {
  format: choice('json and text go out as text frames, binary as binary frames. Default json.', [
    'json',
    'text',
    'binary',
  ]).optional(),
  size: size.optional(),
  template: text(
    'Your own payload. Tokens: {{sequence}}, {{connection}}, {{room}}, {{env.X}}, {{data.x}}, {{session.x}}.',
    {
      max: SIZE_MAX_BYTES,
    },
  ).optional(),
  file: text('File that holds the payload, tokens as in template. Relative to the profile.').optional(),
});

const reply = mapping('How replies are matched and judged.', {
  match: leaf(FLAG_KEYS.match).optional(),
  field: text('JSON field of a reply that carries the sequence. Default sequence.', { max: 256 }).optional(),
  echo: text(
    'Which part of a reply must equal the message: full, field:NAME or none. Default full; none with match: order or another field.',
    {
      max: 256,
      pattern: /^(full|none|field:.+)$/,
      wants: 'full, none or field:NAME, e.g. field:content',
    },
  ).optional(),
  timeout: leaf(FLAG_KEYS.replyTimeout).optional(),
});

const connections = leaf(FLAG_KEYS.connections);
const perSecond = leaf(FLAG_KEYS.rate);
const perConnection = leaf(FLAG_KEYS.ratePerConnection);

function spanOf<T extends z.ZodType>(value: T, description: string) {
  const ramp = mapping('A linear ramp over the measured time.', { from: value, to: value });
  return z.union([value, ramp]).meta({ description });
}

function axis<T extends z.ZodType>(value: T, description: string) {
  return z.array(value).min(1).max(100).meta({ description }).optional();
}

const sweep = mapping('One cell for each value. Two lists are the cross product, connections outer, rate inner.', {
  connections: axis(connections, 'Connection counts, e.g. [1, 10, 100].'),
  rate: axis(perSecond, 'Total rates, e.g. [100/s, 1000/s].'),
  ratePerConnection: axis(perConnection, 'Rates on each connection, e.g. [1/s, 10/s].'),
});

const lifetime = z
  .union([
    leaf(FLAG_KEYS.lifetime),
    mapping('Random lifetimes, like those of independent users.', {
      exponential: duration('Mean of lifetimes that are exponentially distributed.', { min: 100, max: 168 * HOUR }),
    }),
  ])
  .meta({
    description: 'Connections are closed after this long and replaced: 5s, or { exponential: 5s }. At least 100ms.',
  });

const reconnect = z
  .union([
    leaf(FLAG_KEYS.reconnect),
    mapping('When to reconnect a lost connection.', {
      policy: choice('never, immediate (at once, then every `base`) or backoff (after growing waits).', [
        'never',
        'immediate',
        'backoff',
      ]),
      base: duration('First wait of backoff. For immediate, the wait after a failed attempt. Default 100ms.', {
        min: 1,
        max: 10 * MINUTE,
      }).optional(),
      cap: duration('Longest wait of backoff. Default 10s.', { min: 1, max: HOUR }).optional(),
      jitter: choice('full (default): a random wait between 0 and the backoff time. none: exactly the backoff time.', [
        'full',
        'none',
      ]).optional(),
    }),
  ])
  .meta({ description: 'What happens to a connection that is lost under load. Default never.' });

const event = mapping('Something that happens once, at a set time: disconnect or restart.', {
  at: duration('When, from the start of the measured time.', { min: 0, max: 168 * HOUR }),
  disconnect: share('Share of the connections that wsurge cuts: 50%.').optional(),
  restart: choice('`server`: the server that wsurge started is stopped and started again.', ['server']).optional(),
});

/** Keys that are allowed at the top level as defaults, and in a load entry for that load only. */
const defaults = {
  message: message.optional(),
  reply: reply.optional(),
  warmup: leaf(FLAG_KEYS.warmup).optional(),
  duration: leaf(FLAG_KEYS.duration).optional(),
  drain: duration('Longest wait for outstanding replies at the end. Default: reply.timeout.', {
    min: 0,
    max: HOUR,
  }).optional(),
  connectRate: leaf(FLAG_KEYS.connectRate).optional(),
  connectTimeout: duration('Deadline for one connection to open. Default 10s.', {
    min: 1,
    max: 10 * MINUTE,
  }).optional(),
  maxInFlight: count(
    'Most unanswered messages per worker. Messages due beyond it are dropped and counted. Default 65536.',
    {
      min: 1,
      max: 4_194_304,
    },
  ).optional(),
  reconnect: reconnect.optional(),
  keepAlive: leaf(FLAG_KEYS.keepAlive).optional(),
  fairness: z
    .boolean()
    .meta({
      description:
        'Counts each connection by itself as well: its share of answers, p50 and p99. At most 20000 connections, no ramp. Default false.',
    })
    .optional(),
  ...TALK_DEFAULTS,
};

const load = mapping('One load. A key of the top level given here overrides it for this load only.', {
  kind: choice('What the load does over time. Default steady.', ['steady']).optional(),
  name: text('Name in tables, selectors and --set.', {
    max: 64,
    pattern: /^[A-Za-z0-9][A-Za-z0-9_-]*$/,
    wants: 'letters, digits, - and _, starting with a letter or digit',
  }).optional(),
  connections: spanOf(connections, 'Connections: a number, or a ramp { from, to } that rises.').optional(),
  rate: spanOf(
    perSecond,
    'Messages per second in total: a rate or a ramp { from, to }. 0 holds the connections silently.',
  ).optional(),
  ratePerConnection: spanOf(perConnection, 'Messages per second on each connection, instead of rate.').optional(),
  model: leaf(FLAG_KEYS.model).optional(),
  arrival: leaf(FLAG_KEYS.arrival).optional(),
  inFlight: leaf(FLAG_KEYS.inFlight).optional(),
  think: leaf(FLAG_KEYS.think).optional(),
  sweep: sweep.optional(),
  lifetime: lifetime.optional(),
  events: z.array(event).min(1).max(100).meta({ description: 'What happens at set times.' }).optional(),
  ...defaults,
});

const thresholdText = text(
  '`aggregation operator value`, e.g. p(95)<50, p(99)<800us, count==0, rate>=99%, value<10KB.',
  { max: 200 },
);
const threshold = z.union([
  thresholdText,
  mapping('A threshold with options.', {
    threshold: thresholdText,
    title: text('Title under which it appears in the benchmark table.', { max: 100 }).optional(),
    gate: flag('false: shown, but never fails the run. Default true.').optional(),
    abortOnFail: flag('true: ends the run as soon as it fails. Default false.').optional(),
    delayAbortEval: duration('With abortOnFail: do not evaluate before this time. Default 0s.', {
      min: 0,
      max: HOUR,
    }).optional(),
  }),
]);
const thresholds = z
  .record(
    z.string().meta({
      description: 'A metric, with or without a selector: ws_response_time{load:concurrency,connections:1000}.',
      pattern: `^(${METRIC_NAMES.join('|')})\\s*(\\{.*\\})?$`,
    }),
    z.union([threshold, z.array(threshold).min(1).max(100)]).meta({
      description: 'One threshold or a list of them: text, or { threshold, title, gate, abortOnFail, delayAbortEval }.',
    }),
  )
  .meta({ description: 'Thresholds per metric. Times are milliseconds unless they have a unit.' });

export const PROFILE_SCHEMA = mapping('A wsurge profile: what to load, how hard, and what is good enough.', {
  $schema: text('Address of this schema, for editors.').optional(),
  name: text('Name of the profile in reports. Default: the name of the file.', { max: 100 }).optional(),
  target: target.optional(),
  protocol: PROTOCOL_SCHEMA.optional(),
  load: z.array(load).min(1).max(100).meta({ description: 'The loads, run one after the other.' }),
  ...defaults,
  thresholds: thresholds.optional(),
  check: CHECK_SCHEMA.optional(),
  pacing: leaf(FLAG_KEYS.pacing).optional(),
  instrumentCheck: flag(
    'Whether workers check their own measurement against an echo of known delay, in every cell. Default true.',
  ).optional(),
  accuracy: leaf(FLAG_KEYS.accuracy).optional(),
  receive: mapping('How much the target may send before wsurge closes a connection.', {
    largest: bytes('The largest message. Default 16MiB.', { min: 64 * 1024, max: 1024 ** 3 }).optional(),
    unfinished: bytes('Total size of all incomplete messages. Default: a quarter of the memory available to wsurge.', {
      min: 1024 ** 2,
      max: 2 ** 43,
    }).optional(),
  }).optional(),
  idleMemory: flag(
    'Whether to measure, before the load, how much memory of the server an idle connection takes. Default: if a threshold on server_rss_per_connection needs it, or if a load sweeps connections.',
  ).optional(),
  workers: leaf(FLAG_KEYS.workers).optional(),
  seed: leaf(FLAG_KEYS.seed).optional(),
  localAddresses: z
    .array(text('An IP address of this machine, or a range: 127.0.0.2-127.0.0.9.', { max: 100 }))
    .min(1)
    .max(1024)
    .meta({ description: 'Local addresses to connect from, in turn. Each has its own local ports.' })
    .optional(),
  labels: z
    .record(text('Label name.', { max: 100 }), scalarText('Label value.', 1000))
    .meta({ description: 'Free labels, kept with the results.' })
    .optional(),
  data: z
    .union([
      text('A .csv file with a header, or a .json file with a list of objects.'),
      mapping('A file of rows, and whether rows may be used again.', {
        file: text('A .csv file with a header, or a .json file with a list of objects.'),
        reuse: choice('cycle (default): after the last row comes the first again. never: no row is used twice.', [
          'cycle',
          'never',
        ]).optional(),
      }),
    ])
    .meta({
      description:
        'Rows for {{data.x}}: a file, or { file, reuse }. Each connection takes the next row, the test connection the last.',
    })
    .optional(),
});

/** A profile as users write it: the structure of a YAML or JSON file. */
export type WrittenProfile = z.input<typeof PROFILE_SCHEMA>;
export type ProfileInput = z.output<typeof PROFILE_SCHEMA>;
export type LoadInput = ProfileInput['load'][number];
export type TargetInput = NonNullable<ProfileInput['target']>;
export type MessageInput = NonNullable<ProfileInput['message']>;
export type ReplyInput = NonNullable<ProfileInput['reply']>;
export type ThresholdsInput = NonNullable<ProfileInput['thresholds']>;
