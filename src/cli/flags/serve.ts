import type { CommandSpec, Flag } from './flag.js';
import { JSON_FLAG } from './output.js';

/** A flag of the reference server: the option it sets, and how its text becomes that option's value. */
export interface ServeFlag extends Flag {
  readonly key: string;
  readonly convert: 'text' | 'number' | 'bytes' | 'duration';
}

export const SERVE_OPTIONS = {
  engine: {
    group: 'Server',
    type: 'text',
    value: 'ws|uws|auto',
    default: 'auto',
    describe: 'auto: uws where it is installed',
    key: 'engine',
    convert: 'text',
  },
  port: {
    group: 'Server',
    type: 'text',
    value: 'port',
    default: '0',
    describe: '0 takes a free port',
    key: 'port',
    convert: 'number',
  },
  host: {
    group: 'Server',
    type: 'text',
    value: 'address',
    default: '127.0.0.1',
    describe: 'Address to listen on',
    key: 'host',
    convert: 'text',
  },
  path: {
    group: 'Server',
    type: 'text',
    value: 'path',
    default: 'all',
    describe: 'The only path that takes WebSockets',
    key: 'path',
    convert: 'text',
  },
  'ping-interval': {
    group: 'Connection',
    type: 'text',
    value: 'duration',
    default: '30s',
    describe: 'Keep-alive pings; 0s turns them off',
    key: 'pingIntervalMs',
    convert: 'duration',
  },
  token: {
    group: 'Connection',
    type: 'text',
    value: 'token',
    describe: 'Ask for this token (Bearer header or ?token=)',
    key: 'token',
    convert: 'text',
  },
  origin: {
    group: 'Connection',
    type: 'list',
    value: 'origin',
    describe: 'Let in only this origin; repeatable',
    key: 'origins',
    convert: 'text',
  },
  'max-connections': {
    group: 'Connection',
    type: 'text',
    value: 'count',
    describe: 'Further connections get 503',
    key: 'maxConnections',
    convert: 'number',
  },
  cert: {
    group: 'Connection',
    type: 'text',
    value: 'file',
    describe: 'PEM certificate; with --key the server speaks wss',
    key: 'certFile',
    convert: 'text',
  },
  key: {
    group: 'Connection',
    type: 'text',
    value: 'file',
    describe: 'PEM private key',
    key: 'keyFile',
    convert: 'text',
  },
  quota: {
    group: 'Messages',
    type: 'text',
    value: 'count',
    describe: 'Messages a connection may send before 4429',
    key: 'quota',
    convert: 'number',
  },
  'max-message': {
    group: 'Messages',
    type: 'text',
    value: 'bytes',
    default: '1MiB',
    describe: 'Larger messages get an error',
    key: 'maxMessageBytes',
    convert: 'bytes',
  },
  'text-only': {
    group: 'Messages',
    type: 'switch',
    describe: 'Close with 1003 on a binary message',
    key: 'textOnly',
    convert: 'text',
  },
  'plain-echo': {
    group: 'Messages',
    type: 'switch',
    describe: 'Send every message back as it came, whatever is in it',
    key: 'plainEcho',
    convert: 'text',
  },
  faults: {
    group: 'Server',
    type: 'list',
    value: 'fault,...',
    describe: 'Misbehave like this, e.g. stall:100ms/1s,drop:1%; repeatable; see below',
    key: 'faults',
    convert: 'text',
  },
  seed: {
    group: 'Server',
    type: 'text',
    value: 'number',
    default: '1',
    describe: 'Seed of the random faults',
    key: 'seed',
    convert: 'number',
  },
  'truth-log': {
    group: 'Output',
    type: 'text',
    value: 'file',
    describe: 'Write to this file when each message came and when its reply left',
    key: 'truthLog',
    convert: 'text',
  },
} as const satisfies Readonly<Record<string, ServeFlag>>;

/** Every flag of `wsurge serve`. */
const SERVE_FLAGS = {
  ...SERVE_OPTIONS,
  json: { ...JSON_FLAG, describe: 'Print where it listens as one line of JSON' },
} as const;

export type ServeFlagName = keyof typeof SERVE_FLAGS;

export const SERVE: CommandSpec<ServeFlagName> = {
  name: 'serve',
  summary: 'Run the reference server',
  positionals: [],
  flags: SERVE_FLAGS,
  // A run starts this server with its own environment: WSURGE_CERT is the client's certificate there.
  variables: false,
  examples: [
    { line: 'wsurge serve --port 9001', does: 'an echo on 127.0.0.1' },
    { line: 'wsurge serve --port 9001 --faults stall:100ms/1s', does: 'one that stalls for 100 ms every second' },
  ],
};
