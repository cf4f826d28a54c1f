import type { Override } from '../profile/overrides.js';

type Apply = (value: string, origin: string) => Override;

export interface RunFlag {
  readonly alias?: string;
  /** `port`: takes a number or nothing, for a free one. */
  readonly type: 'text' | 'list' | 'switch' | 'port';
  readonly describe: string;
  /** `profile`: overrides a key of the profile. `load`: says what a bare run does; refused beside a profile file. `settings`: how the run behaves. */
  readonly belongs: 'profile' | 'load' | 'settings';
  /** The key of a load that `load` flags set, also for `--set`. */
  readonly loadKey?: string;
  readonly apply?: Apply;
}

const byDefault =
  (path: string, clears: readonly string[] = []): Apply =>
  (value, origin) => ({ kind: 'default', path: path.split('.'), clears, value, origin });

const exactly =
  (path: string, read: (value: string) => unknown = (value) => value): Apply =>
  (value, origin) => ({ kind: 'set', path: path.split('.'), value: read(value), origin });

const load = (loadKey: string): Pick<RunFlag, 'belongs' | 'loadKey' | 'apply'> => ({
  belongs: 'load',
  loadKey,
  apply: exactly(`load.0.${loadKey}`),
});

/** Every flag of `wsurge run`, in the order of `--help`. */
export const RUN_FLAGS = {
  connections: { alias: 'c', type: 'text', describe: 'Connections of a bare run [10]', ...load('connections') },
  rate: { alias: 'R', type: 'text', describe: 'Messages per second in total of a bare run [100/s]', ...load('rate') },
  'rate-per-connection': {
    alias: 'r',
    type: 'text',
    describe: 'Messages per second on each connection',
    ...load('ratePerConnection'),
  },
  duration: {
    alias: 'd',
    type: 'text',
    describe: 'Measured time, e.g. 30s [10s]',
    belongs: 'profile',
    apply: byDefault('duration'),
  },
  warmup: {
    alias: 'W',
    type: 'text',
    describe: 'Time under load before measuring [1s]',
    belongs: 'profile',
    apply: byDefault('warmup'),
  },
  workers: {
    alias: 'w',
    type: 'text',
    describe: 'Worker threads [auto]',
    belongs: 'profile',
    apply: exactly('workers'),
  },
  target: {
    type: 'text',
    describe: 'Another server for this profile: ws://, wss://, ws+unix:',
    belongs: 'profile',
    apply: (value, origin) => ({ kind: 'target', value, origin }),
  },
  header: { alias: 'H', type: 'list', describe: "Request header 'Name: value'; repeatable", belongs: 'profile' },
  subprotocol: { type: 'list', describe: 'Sub-protocol to offer; repeatable', belongs: 'profile' },
  message: {
    alias: 'm',
    type: 'text',
    describe: 'Payload with tokens such as {{sequence}}',
    belongs: 'profile',
    apply: byDefault('message.template', ['size', 'file']),
  },
  size: {
    alias: 's',
    type: 'text',
    describe: 'Size of generated messages, e.g. 1KiB [64]',
    belongs: 'profile',
    apply: byDefault('message.size'),
  },
  match: {
    type: 'text',
    describe: 'How replies are matched: sequence, order, none',
    belongs: 'profile',
    apply: byDefault('reply.match'),
  },
  'reply-timeout': {
    type: 'text',
    describe: 'A reply later than this is lost [5s]',
    belongs: 'profile',
    apply: byDefault('reply.timeout'),
  },
  model: { type: 'text', describe: 'open, closed or listen [open]', ...load('model') },
  arrival: { type: 'text', describe: 'constant or poisson [constant]', ...load('arrival') },
  'in-flight': {
    type: 'text',
    describe: 'Closed model: messages in flight on each connection [1]',
    ...load('inFlight'),
  },
  think: { type: 'text', describe: 'Closed model: pause between reply and next message [0s]', ...load('think') },
  lifetime: { type: 'text', describe: 'Connections of a bare run are replaced after this long', ...load('lifetime') },
  reconnect: {
    type: 'text',
    describe: 'Lost connections: never, immediate, backoff [never]',
    belongs: 'profile',
    apply: byDefault('reconnect'),
  },
  'connect-rate': {
    type: 'text',
    describe: 'New connections per second in total [500/s]',
    belongs: 'profile',
    apply: byDefault('connectRate'),
  },
  pacing: {
    type: 'text',
    describe: 'How workers wake up: auto, timer, metronome, spin [auto]',
    belongs: 'profile',
    apply: exactly('pacing'),
  },
  'instrument-check': {
    type: 'switch',
    describe: 'Measure the own error in every cell; --no-instrument-check turns it off',
    belongs: 'profile',
  },
  accuracy: {
    type: 'text',
    describe: 'How near printed latencies are to be: a share, a time, the larger [20% or 1ms]',
    belongs: 'profile',
    apply: exactly('accuracy'),
  },
  seed: { type: 'text', describe: 'Seed of everything random [1]', belongs: 'profile', apply: exactly('seed') },
  insecure: { type: 'switch', describe: 'Accept any TLS certificate', belongs: 'profile' },
  cacert: {
    type: 'text',
    describe: 'Certificate authority to trust, PEM file',
    belongs: 'profile',
    apply: exactly('target.tls.ca'),
  },
  cert: {
    type: 'text',
    describe: 'Client certificate, PEM file',
    belongs: 'profile',
    apply: exactly('target.tls.cert'),
  },
  key: {
    type: 'text',
    describe: 'Private key of the client certificate, PEM file',
    belongs: 'profile',
    apply: exactly('target.tls.key'),
  },
  threshold: { type: 'list', describe: "Threshold 'metric: expression'; repeatable", belongs: 'profile' },
  label: { type: 'list', describe: 'Label name=value kept with the results; repeatable', belongs: 'profile' },
  set: {
    type: 'list',
    describe: 'Any key of the profile, e.g. load.concurrency.rate=500/s; repeatable',
    belongs: 'profile',
  },
  'until-ci': {
    type: 'text',
    describe: 'Go on with each cell, 10 s at a time, until its 95 % interval is this tight: p99:5%',
    belongs: 'settings',
  },
  'max-duration': {
    type: 'text',
    describe: 'With --until-ci: no cell is extended beyond this [5m]',
    belongs: 'settings',
  },
  'null-twin': {
    type: 'switch',
    describe: 'Run each cell again against an echo that does nothing: the floor at that load',
    belongs: 'settings',
  },
  only: { type: 'list', describe: 'Run only this load or cell; repeatable', belongs: 'settings' },
  'allow-target': { type: 'list', describe: 'Allow heavy load on this public host; repeatable', belongs: 'settings' },
  'default-gates': {
    type: 'switch',
    describe: 'Held, lost, corrupted, ... must be right; --no-default-gates drops this',
    belongs: 'settings',
  },
  strict: { type: 'switch', describe: 'A degraded measurement exits 98 too', belongs: 'settings' },
  'dry-run': { type: 'switch', describe: 'Show what would run; send nothing', belongs: 'settings' },
  output: { alias: 'o', type: 'text', describe: 'Folder for results [results]', belongs: 'settings' },
  format: {
    type: 'text',
    describe: 'Further reports: junit, csv, hgrm, hlog, several with commas [md,html]',
    belongs: 'settings',
  },
  json: { type: 'switch', describe: 'One JSON document on stdout, nothing else', belongs: 'settings' },
  wide: { type: 'switch', describe: 'Tables with every column', belongs: 'settings' },
  quiet: { alias: 'q', type: 'switch', describe: 'No progress, no rows; only the last lines', belongs: 'settings' },
  prometheus: {
    type: 'port',
    describe: 'While it runs: metrics for Prometheus on 127.0.0.1:PORT/metrics',
    belongs: 'settings',
  },
  dashboard: { type: 'port', describe: 'While it runs: the report, live, on 127.0.0.1:PORT', belongs: 'settings' },
  progress: { type: 'switch', describe: 'Progress line on stderr; --no-progress turns it off', belongs: 'settings' },
} as const satisfies Readonly<Record<string, RunFlag>>;

export type RunFlagName = keyof typeof RUN_FLAGS;
export const RUN_FLAG_NAMES = Object.keys(RUN_FLAGS) as readonly RunFlagName[];

export function runFlag(name: RunFlagName): RunFlag {
  return RUN_FLAGS[name];
}

/** `--reply-timeout` is also `WSURGE_REPLY_TIMEOUT`. */
export function environmentName(name: string): string {
  return `WSURGE_${name.replaceAll('-', '_').toUpperCase()}`;
}
