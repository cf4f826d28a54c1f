import type { EngineChoice, Readiness, Target } from '../../src/profile/profile.js';

const COMMON = {
  headers: {},
  subprotocols: [],
  tls: { ca: null, cert: null, key: null, insecure: false, servername: null },
  pid: 'auto',
  resolve: 'all',
  proxy: null,
  followRedirects: false,
} as const;

export function embeddedTarget(engine: EngineChoice = 'auto'): Extract<Target, { kind: 'embedded' }> {
  return { ...COMMON, kind: 'embedded', engine };
}

export function urlTarget(url: string): Extract<Target, { kind: 'url' }> {
  return { ...COMMON, kind: 'url', url };
}

type CommandTarget = Extract<Target, { kind: 'command' }>;

export function commandTarget(command: string, url: string, ready: Readiness): CommandTarget {
  return { ...COMMON, kind: 'command', command, url, ready, readyTimeoutMs: 120_000, stopTimeoutMs: 5000 };
}
