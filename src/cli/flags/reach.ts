import { FLAG_KEYS } from '../../profile/flag-keys.js';
import { SETTINGS } from '../../profile/settings.js';
import type { RunFlag } from './run-flag.js';

/** How connections get to the target, and whom they trust. */
export const REACH_FLAGS = {
  resolve: {
    group: 'Connection',
    type: 'text',
    value: 'all|first',
    describe: 'Of several addresses of the host use all in turn, or the first',
    belongs: 'profile',
    apply: SETTINGS.resolve,
    scalar: FLAG_KEYS.resolve,
  },
  proxy: {
    group: 'Connection',
    type: 'text',
    value: 'url',
    describe: 'Go through this HTTP proxy: http://user:password@host:port',
    belongs: 'profile',
    apply: SETTINGS.proxy,
  },
  'follow-redirects': {
    group: 'Connection',
    type: 'switch',
    describe: 'Follow redirects of the handshake, once before the load',
    belongs: 'profile',
  },
  insecure: { group: 'Connection', type: 'switch', describe: 'Accept any TLS certificate', belongs: 'profile' },
  cacert: {
    group: 'Connection',
    type: 'text',
    value: 'file',
    describe: 'Certificate authority to trust, PEM file',
    belongs: 'profile',
    apply: SETTINGS.ca,
  },
  cert: {
    group: 'Connection',
    type: 'text',
    value: 'file',
    describe: 'Client certificate, PEM file',
    belongs: 'profile',
    apply: SETTINGS.cert,
  },
  key: {
    group: 'Connection',
    type: 'text',
    value: 'file',
    describe: 'Private key of the client certificate, PEM file',
    belongs: 'profile',
    apply: SETTINGS.key,
  },
} as const satisfies Readonly<Record<string, RunFlag>>;
