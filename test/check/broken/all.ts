import { BROKEN_BOTH_WAYS } from './both-ways.js';
import type { BrokenServer } from './broken-server.js';
import { BROKEN_CLOSE } from './close.js';
import { BROKEN_CONNECT } from './connect.js';
import { BROKEN_ORDER } from './order.js';
import { BROKEN_RECEIVE } from './receive.js';
import { BROKEN_RECONNECT } from './reconnect.js';
import { BROKEN_SECURITY } from './security.js';
import { BROKEN_SEND } from './send.js';
import { BROKEN_TROUBLE } from './trouble.js';

/** For every check a server that fails it. */
export const BROKEN_SERVERS: readonly BrokenServer[] = [
  ...BROKEN_CONNECT,
  ...BROKEN_SEND,
  ...BROKEN_RECEIVE,
  ...BROKEN_BOTH_WAYS,
  ...BROKEN_CLOSE,
  ...BROKEN_RECONNECT,
  ...BROKEN_ORDER,
  ...BROKEN_TROUBLE,
  ...BROKEN_SECURITY,
];
