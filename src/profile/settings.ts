import type { Override } from './overrides.js';

/** Makes the change of a setting. `origin`: what the user calls it, for messages. */
export type Change = (value: unknown, origin: string) => Override;

/** Sets what every load has that does not say otherwise. */
const byDefault =
  (path: string, clears: readonly string[] = []): Change =>
  (value, origin) => ({ kind: 'default', path: path.split('.'), clears, value, origin });

/** Sets one key of the profile. */
const exactly =
  (path: string): Change =>
  (value, origin) => ({ kind: 'set', path: path.split('.'), value, origin });

/** The keys of a load that say what a run without a profile does. */
export const LOAD_KEYS = [
  'connections',
  'rate',
  'ratePerConnection',
  'model',
  'arrival',
  'inFlight',
  'think',
  'lifetime',
] as const;
export type LoadKey = (typeof LOAD_KEYS)[number];

/** Sets a key of the only load of a run without a profile. */
export const ofOnlyLoad = (key: LoadKey): Change => exactly(`load.0.${key}`);

/**
 * What may be changed about a profile by a name of its own: by a flag of the command line, by a key of a request of the
 * library.
 */
export const SETTINGS = {
  duration: byDefault('duration'),
  warmup: byDefault('warmup'),
  connectRate: byDefault('connectRate'),
  reconnect: byDefault('reconnect'),
  keepAlive: byDefault('keepAlive'),
  message: byDefault('message.template', ['size', 'file']),
  size: byDefault('message.size'),
  match: byDefault('reply.match'),
  replyTimeout: byDefault('reply.timeout'),
  workers: exactly('workers'),
  pacing: exactly('pacing'),
  instrumentCheck: exactly('instrumentCheck'),
  accuracy: exactly('accuracy'),
  idleMemory: exactly('idleMemory'),
  seed: exactly('seed'),
  protocol: exactly('check.protocol'),
  url: (value, origin) => ({ kind: 'target', value, origin }),
  subprotocols: exactly('target.subprotocols'),
  resolve: exactly('target.resolve'),
  proxy: exactly('target.proxy'),
  followRedirects: exactly('target.followRedirects'),
  insecure: exactly('target.tls.insecure'),
  ca: exactly('target.tls.ca'),
  cert: exactly('target.tls.cert'),
  key: exactly('target.tls.key'),
} as const satisfies Readonly<Record<string, Change>>;

/** The keys of a path such as `load.big.rate`; a dot between the braces of a selector is none of its own. */
export function pathSegments(path: string): string[] {
  const segments = path.match(/(?:[^.{}]+|\{[^{}]*\})+|(?<=\.)(?=\.|$)/g) ?? [];
  return segments.map((segment) => segment.trim());
}
