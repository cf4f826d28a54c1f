import { FLAG_KEYS } from '../../profile/flag-keys.js';
import type { Override } from '../../profile/overrides.js';
import type { Scalar } from '../../profile/scalars.js';
import type { CommandSpec, Flag } from './flag.js';

type Apply = (value: string, origin: string) => Override;

export interface RunFlag extends Flag {
  /** `profile`: overrides a key of the profile. `load`: says what a bare run does; refused beside a profile file. `settings`: how the run behaves. */
  readonly belongs: 'profile' | 'load' | 'settings';
  /** The key of a load that `load` flags set, also for `--set`. */
  readonly loadKey?: string;
  readonly apply?: Apply;
  /** Reads the value. Absent if only the whole profile can tell whether the value is right. */
  readonly scalar?: Scalar<unknown>;
}

const byDefault =
  (path: string, clears: readonly string[] = []): Apply =>
  (value, origin) => ({ kind: 'default', path: path.split('.'), clears, value, origin });

const exactly =
  (path: string, read: (value: string) => unknown = (value) => value): Apply =>
  (value, origin) => ({ kind: 'set', path: path.split('.'), value: read(value), origin });

type LoadKey = 'connections' | 'rate' | 'ratePerConnection' | 'model' | 'arrival' | 'inFlight' | 'think' | 'lifetime';

const load = (loadKey: LoadKey): Pick<RunFlag, 'belongs' | 'loadKey' | 'apply' | 'scalar'> => ({
  belongs: 'load',
  loadKey,
  scalar: FLAG_KEYS[loadKey],
  apply: exactly(`load.0.${loadKey}`),
});

/** Every flag of `wsurge run`, in the order of `--help`. */
export const RUN_FLAGS = {
  connections: {
    group: 'Load',
    alias: 'c',
    type: 'text',
    value: 'count',
    default: '10',
    describe: 'Connections of a bare run',
    ...load('connections'),
  },
  rate: {
    group: 'Load',
    alias: 'R',
    type: 'text',
    value: 'rate',
    default: '100/s',
    describe: 'Messages per second in total of a bare run',
    ...load('rate'),
  },
  'rate-per-connection': {
    group: 'Load',
    alias: 'r',
    type: 'text',
    value: 'rate',
    describe: 'Messages per second on each connection',
    ...load('ratePerConnection'),
  },
  duration: {
    group: 'Measuring',
    alias: 'd',
    type: 'text',
    value: 'duration',
    default: '10s',
    describe: 'Measured time, e.g. 30s',
    belongs: 'profile',
    apply: byDefault('duration'),
    scalar: FLAG_KEYS.duration,
  },
  warmup: {
    group: 'Measuring',
    alias: 'W',
    type: 'text',
    value: 'duration',
    default: '1s',
    describe: 'Time under load before measuring',
    belongs: 'profile',
    apply: byDefault('warmup'),
    scalar: FLAG_KEYS.warmup,
  },
  workers: {
    group: 'Measuring',
    alias: 'w',
    type: 'text',
    value: 'count|auto',
    default: 'auto',
    describe: 'Worker threads',
    belongs: 'profile',
    apply: exactly('workers'),
    scalar: FLAG_KEYS.workers,
  },
  target: {
    group: 'Connection',
    type: 'text',
    value: 'url',
    describe: 'Another server for this profile: ws://, wss://, ws+unix:',
    belongs: 'profile',
    apply: (value, origin) => ({ kind: 'target', value, origin }),
  },
  header: {
    group: 'Connection',
    alias: 'H',
    type: 'list',
    value: 'name: value',
    describe: "Request header, e.g. 'Authorization: Bearer x'; repeatable",
    belongs: 'profile',
  },
  subprotocol: {
    group: 'Connection',
    type: 'list',
    value: 'name',
    describe: 'Sub-protocol to offer; repeatable',
    belongs: 'profile',
  },
  message: {
    group: 'Messages',
    alias: 'm',
    type: 'text',
    value: 'text',
    describe: 'Payload with tokens such as {{sequence}}',
    belongs: 'profile',
    apply: byDefault('message.template', ['size', 'file']),
  },
  size: {
    group: 'Messages',
    alias: 's',
    type: 'text',
    value: 'bytes',
    default: '64',
    describe: 'Size of generated messages, e.g. 1KiB',
    belongs: 'profile',
    apply: byDefault('message.size'),
    scalar: FLAG_KEYS.size,
  },
  match: {
    group: 'Messages',
    type: 'text',
    value: 'sequence|order|none',
    default: 'sequence',
    describe: 'How replies are matched',
    belongs: 'profile',
    apply: byDefault('reply.match'),
    scalar: FLAG_KEYS.match,
  },
  'reply-timeout': {
    group: 'Messages',
    type: 'text',
    value: 'duration',
    default: '5s',
    describe: 'A reply later than this is lost',
    belongs: 'profile',
    apply: byDefault('reply.timeout'),
    scalar: FLAG_KEYS.replyTimeout,
  },
  model: {
    group: 'Load',
    type: 'text',
    value: 'open|closed|listen',
    default: 'open',
    describe: 'Who sets the pace: the plan, the replies, or the server',
    ...load('model'),
  },
  arrival: {
    group: 'Load',
    type: 'text',
    value: 'constant|poisson',
    default: 'constant',
    describe: 'Distance between messages',
    ...load('arrival'),
  },
  'in-flight': {
    group: 'Load',
    type: 'text',
    value: 'count',
    default: '1',
    describe: 'Closed model: messages in flight on each connection',
    ...load('inFlight'),
  },
  think: {
    group: 'Load',
    type: 'text',
    value: 'duration',
    default: '0s',
    describe: 'Closed model: pause between reply and next message',
    ...load('think'),
  },
  lifetime: {
    group: 'Load',
    type: 'text',
    value: 'duration',
    describe: 'Connections of a bare run are replaced after this long',
    ...load('lifetime'),
  },
  reconnect: {
    group: 'Connection',
    type: 'text',
    value: 'never|immediate|backoff',
    default: 'never',
    describe: 'Whether lost connections are opened again',
    belongs: 'profile',
    apply: byDefault('reconnect'),
    scalar: FLAG_KEYS.reconnect,
  },
  'keep-alive': {
    group: 'Connection',
    type: 'text',
    value: 'duration',
    describe: 'Ping each connection this often, e.g. 30s',
    belongs: 'profile',
    apply: byDefault('keepAlive'),
    scalar: FLAG_KEYS.keepAlive,
  },
  'connect-rate': {
    group: 'Connection',
    type: 'text',
    value: 'rate',
    default: '500/s',
    describe: 'New connections per second in total',
    belongs: 'profile',
    apply: byDefault('connectRate'),
    scalar: FLAG_KEYS.connectRate,
  },
  pacing: {
    group: 'Measuring',
    type: 'text',
    value: 'auto|timer|metronome|spin',
    default: 'auto',
    describe: 'How workers wake up',
    belongs: 'profile',
    apply: exactly('pacing'),
    scalar: FLAG_KEYS.pacing,
  },
  'instrument-check': {
    group: 'Measuring',
    type: 'switch',
    default: 'on',
    describe: "Do not measure wsurge's own error in every cell",
    belongs: 'profile',
  },
  accuracy: {
    group: 'Measuring',
    type: 'text',
    value: 'share or time',
    default: '20% or 1ms',
    describe: 'Accuracy asked of printed latencies, the larger of both',
    belongs: 'profile',
    apply: exactly('accuracy'),
    scalar: FLAG_KEYS.accuracy,
  },
  'idle-memory': {
    group: 'Measuring',
    type: 'switch',
    describe: "Measure the server's memory per idle connection before the load; by itself with a threshold or a sweep",
    belongs: 'profile',
  },
  seed: {
    group: 'Measuring',
    type: 'text',
    value: 'number',
    default: '1',
    describe: 'Seed of everything random',
    belongs: 'profile',
    apply: exactly('seed'),
    scalar: FLAG_KEYS.seed,
  },
  insecure: { group: 'Connection', type: 'switch', describe: 'Accept any TLS certificate', belongs: 'profile' },
  cacert: {
    group: 'Connection',
    type: 'text',
    value: 'file',
    describe: 'Certificate authority to trust, PEM file',
    belongs: 'profile',
    apply: exactly('target.tls.ca'),
  },
  cert: {
    group: 'Connection',
    type: 'text',
    value: 'file',
    describe: 'Client certificate, PEM file',
    belongs: 'profile',
    apply: exactly('target.tls.cert'),
  },
  key: {
    group: 'Connection',
    type: 'text',
    value: 'file',
    describe: 'Private key of the client certificate, PEM file',
    belongs: 'profile',
    apply: exactly('target.tls.key'),
  },
  threshold: {
    group: 'Verdict',
    type: 'list',
    value: 'metric: expression',
    describe: "e.g. 'ws_response_time: p(95)<50'; repeatable",
    belongs: 'profile',
  },
  label: {
    group: 'Output',
    type: 'list',
    value: 'name=value',
    describe: 'Kept with the results, e.g. build=42; repeatable',
    belongs: 'profile',
  },
  set: {
    group: 'Load',
    type: 'list',
    value: 'key=value',
    describe: 'Any key of the profile, e.g. load.concurrency.rate=500/s; repeatable',
    belongs: 'profile',
  },
  'until-ci': {
    group: 'Measuring',
    type: 'text',
    value: 'quantile:percent',
    describe: 'Extend each cell, 10 s at a time, until its 95 % interval is this narrow, e.g. p99:5%',
    belongs: 'settings',
  },
  'max-duration': {
    group: 'Measuring',
    type: 'text',
    value: 'duration',
    default: '5m',
    describe: 'With --until-ci: no cell is extended beyond this',
    belongs: 'settings',
  },
  'null-twin': {
    group: 'Measuring',
    type: 'switch',
    describe: 'Run each cell again against a plain echo: shows the floor at that load',
    belongs: 'settings',
  },
  only: {
    group: 'Load',
    type: 'list',
    value: 'load or cell',
    describe: 'Run only this load or cell; repeatable',
    belongs: 'settings',
  },
  'allow-target': {
    group: 'Connection',
    type: 'list',
    value: 'host',
    describe: 'Allow heavy load on this public host; repeatable',
    belongs: 'settings',
  },
  'default-gates': {
    group: 'Verdict',
    type: 'switch',
    default: 'on',
    describe: 'Leave out the default gates: held, lost, corrupted, ...',
    belongs: 'settings',
  },
  strict: { group: 'Verdict', type: 'switch', describe: 'A degraded measurement exits 98 too', belongs: 'settings' },
  'dry-run': { group: 'Load', type: 'switch', describe: 'Show what would run; send nothing', belongs: 'settings' },
  output: {
    group: 'Output',
    alias: 'o',
    type: 'text',
    value: 'folder',
    default: 'results',
    describe: 'Folder for results',
    belongs: 'settings',
  },
  format: {
    group: 'Output',
    type: 'text',
    value: 'format,...',
    default: 'md,html',
    describe: 'Further reports, several with commas: junit, csv, hgrm, hlog',
    belongs: 'settings',
  },
  json: { group: 'Output', type: 'switch', describe: 'One JSON document on stdout, nothing else', belongs: 'settings' },
  wide: { group: 'Output', type: 'switch', describe: 'Tables with every column', belongs: 'settings' },
  quiet: {
    group: 'Output',
    alias: 'q',
    type: 'switch',
    describe: 'No progress, no rows; only the last lines',
    belongs: 'settings',
  },
  prometheus: {
    group: 'Output',
    type: 'port',
    value: 'port',
    describe: 'During the run: metrics for Prometheus on 127.0.0.1:PORT/metrics',
    belongs: 'settings',
  },
  dashboard: {
    group: 'Output',
    type: 'port',
    value: 'port',
    describe: 'During the run: the live report on 127.0.0.1:PORT',
    belongs: 'settings',
  },
  progress: {
    group: 'Output',
    type: 'switch',
    default: 'on',
    describe: 'No progress line on stderr',
    belongs: 'settings',
  },
} as const satisfies Readonly<Record<string, RunFlag>>;

export type RunFlagName = keyof typeof RUN_FLAGS;

export function runFlag(name: RunFlagName): RunFlag {
  return RUN_FLAGS[name];
}

/** What a user may name as a profile, the same for every command that takes one. */
export const PROFILE_POSITIONAL = {
  name: 'profile',
  describe: 'A file (.yaml, .json), the name of a profile that ships, or a ws://, wss:// or ws+unix: URL',
  isProfile: true,
} as const;

export const RUN: CommandSpec<RunFlagName> = {
  name: 'run',
  summary: 'Run a profile, or a load given by flags, against a server',
  positionals: [PROFILE_POSITIONAL],
  flags: RUN_FLAGS,
  examples: [
    { line: 'wsurge run smoke', does: 'five seconds: does everything work at all?' },
    { line: 'wsurge run ws://127.0.0.1:9001/ -c 100 -R 1000 -d 30s', does: '100 connections, 1,000 msg/s in total' },
    { line: 'wsurge run report --target wss://staging.example.com/ws', does: 'both tables, of your server' },
    { line: 'wsurge run my.yaml --dry-run', does: 'what would run; sends nothing' },
    { line: 'wsurge run my.yaml --json > run.json', does: 'one JSON document on stdout' },
  ],
  notes: [
    'A file of the working folder comes before a profile of the same name that ships; `wsurge profiles` lists those.',
  ],
};
