/** What to change after the test connection failed: the likeliest cause, in one sentence. */

import { protocolSpoken, type Said } from '../dialect/recognise.js';
import { ownEndOf, ownEndWords } from '../metrics/own-ends.js';
import { PROTOCOLS, type ProtocolName } from '../profile/protocols.js';
import type { Transcript } from './canary-transcript.js';

/** Where a server of this protocol usually is. */
const USUAL_PATH: Readonly<Partial<Record<ProtocolName, string>>> = {
  'socket.io': '/socket.io/',
  'graphql-ws': '/graphql',
  phoenix: '/socket/websocket',
  signalr: 'the path of the hub, /chat for one',
  actioncable: '/cable',
  pusher: '/app/KEY',
  centrifugo: '/connection/websocket',
  stomp: '/ws',
  mqtt: '/mqtt',
};

/** Where the credentials of a client go that speaks this protocol. */
const CREDENTIALS: Readonly<Partial<Record<ProtocolName, string>>> = {
  'socket.io': 'protocol: { name: socket.io, auth: { token: ... } }',
  'graphql-ws': 'protocol: { name: graphql-ws, payload: { ... } }',
  centrifugo: 'protocol: { name: centrifugo, token: ... }',
  pusher: 'subscribe: { channel: ..., auth: ... }',
  stomp: 'protocol: { name: stomp, login: ..., passcode: ..., host: ... }',
  mqtt: 'protocol: { name: mqtt, user: ..., password: ... }',
};
const ELSEWHERE = 'a step of session, target.headers or the query of target.url';

const SPEAKS_OF_CREDENTIALS = /unauth|not auth|forbidden|denied|token|credential|permission|expired|log ?in/i;
/** Close codes that servers use for clients without the right credentials. */
const CREDENTIAL_CODES = /^closed_(1008|3000|3003|3500|4001|4003|4009|4401|4403)$/;

/** What to do about a script, by the code of its failure, where its message does not say it. */
const SCRIPT_FIX: Readonly<Record<string, string>> = {
  script_digits: 'say `fresh: true` for this request, or build the same message but for m.sequence',
  script_number:
    'put m.sequence into the message; if it has neither reply nor deliveries, say `reply: none` for this request',
  script_session: 'set it in `open`, to a text, a number or other JSON: chat.session.name = ...',
  script_fail: 'the script called this message a failure: see what the server says in it',
};

export interface Unready {
  readonly protocol: ProtocolName;
  /** Of the failure: `CONNECT_ERROR`, `closed_4403`, `session_timeout`. */
  readonly code: string;
  /** Of the failure, with the server's words. */
  readonly message: string;
  readonly said: Said;
  /** Sub-protocols that were offered, and the one that was chosen; '' for none. */
  readonly offered: readonly string[];
  readonly chosen: string;
}

/** The server speaks another protocol than the profile says; null if nothing shows one. */
export function otherProtocol(protocol: ProtocolName, said: Said): string | null {
  const spoken = protocolSpoken(said);
  if (spoken === null || spoken === protocol) return null;
  return OTHER(spoken, protocol);
}

const OTHER = (spoken: ProtocolName, said: ProtocolName) =>
  `the server speaks ${spoken}${said === 'none' ? '' : `, not ${said}`}: write protocol: ${spoken} into the profile`;

/** The message of a failed session without what else came: a transcript shows that. */
export function withoutOthers(message: string): string {
  return message.replace(/; (?:what came instead is|\d+ other messages came, the first is) .*$/s, '');
}

/** What the server said in a session that failed. `code` and `message`: of the failure. */
export function saidOf({ first }: Transcript, code: string, message: string): Said {
  const closed = /^closed_(\d+)$/.exec(code);
  const [, reason = ''] = /closed with \d+ ?(?:\([^)]*\) ?)?(.*)$/s.exec(withoutOthers(message)) ?? [];
  return { messages: first, closed: closed === null ? null : { code: Number(closed[1]), reason } };
}

/** The likeliest fix for a session that did not become ready. */
export function sessionFix(unready: Unready): string {
  const { protocol, code, said } = unready;
  const message = withoutOthers(unready.message).replace(/^step [^:]*: /, '');
  const other = otherProtocol(protocol, said);
  if (other !== null) return other;
  if (code === 'capture_missing') return 'correct the path of capture in this step: it leads nowhere in what came';
  if (code === 'capture_too_deep') return 'capture a part of what came: a path that leads to the value you need';
  if (ownEndOf(code) === 'limit') return `the server sent ${ownEndWords(code)}: let it send less, or raise the limit`;
  if (code.startsWith('script_'))
    return (
      SCRIPT_FIX[code] ??
      'mend the script where the message says; rehearse() of wsurge/testing tries it without a server'
    );
  if (code.endsWith('_timeout')) return missingSubprotocol(unready) ?? silenceFix(unready);
  if (protocol === 'socket.io' && /invalid namespace/i.test(message)) {
    return 'name a namespace that the server has: protocol: { name: socket.io, namespace: /... }';
  }
  if (protocol === 'mqtt') {
    const fix = mqttFix(code);
    if (fix !== null) return fix;
  }
  if (protocol === 'pusher' && /^closed_400[14]$/.test(code)) return 'check the key of the application: .../app/KEY';
  if (CREDENTIAL_CODES.test(code) || SPEAKS_OF_CREDENTIALS.test(message)) {
    return `the server does not accept the credentials: check ${CREDENTIALS[protocol] ?? ELSEWHERE}`;
  }
  const missing = missingSubprotocol(unready);
  if (missing !== null) return missing;
  if (code === 'CONNECT_ERROR') return `the server refuses the connect: check ${CREDENTIALS[protocol] ?? ELSEWHERE}`;
  return 'correct the step that was under way (send, subscribe, expect), by what the server said';
}

/** By the codes of `dialect/mqtt.ts`. */
function mqttFix(code: string): string | null {
  if (/^connack_1_/.test(code))
    return 'the broker does not speak MQTT 3.1.1 (protocol level 4), as a broker for MQTT 5 alone';
  if (/^connack_2_/.test(code)) return "name the client: protocol: { name: mqtt, clientId: 'load-{{connection}}' }";
  if (/^connack_3_/.test(code)) return 'the broker takes no clients at the moment: see its log';
  if (/^connack_[45]_/.test(code)) return `the broker does not accept the credentials: check ${CREDENTIALS.mqtt}`;
  if (/^suback_/.test(code)) return 'the broker does not let this client subscribe to the topic: check its access list';
  return null;
}

function missingSubprotocol({ protocol, offered, chosen }: Unready): string | null {
  const { subprotocols } = PROTOCOLS[protocol];
  const [wanted] = subprotocols;
  if (wanted === undefined || subprotocols.includes(chosen)) return null;
  return offered.includes(wanted)
    ? `the server did not choose the sub-protocol ${wanted}: check the path, ${USUAL_PATH[protocol]} as a rule`
    : `offer the sub-protocol ${wanted}: leave target.subprotocols out, or add it there`;
}

/** Nothing came that fits, within the step's own timeout or that of the whole connect. */
function silenceFix({ protocol, code, said: { messages } }: Unready): string {
  if (messages.length > 0) return 'correct expect of this step by what came, or its send so that the server answers it';
  const path = USUAL_PATH[protocol];
  const where = path === undefined ? '' : `, or check the path: ${path} as a rule`;
  const limit = code === 'step_timeout' ? 'the timeout of this step' : 'connectTimeout';
  return `the server did not answer the step: check what it sends${where}; if it needs longer, raise ${limit}`;
}

/** The words with which Engine.IO refuses an upgrade whose query does not say that it speaks Engine.IO. */
const SPEAKS_OF_ENGINE_IO = /^("?transport unknown|\{"code":[0-5],"message":)/i;

/** For a refused upgrade: the server speaks another protocol, by the body of its answer; null if nothing shows one. */
export function otherByBody(protocol: ProtocolName, body: string): string | null {
  if (protocol === 'socket.io' || !SPEAKS_OF_ENGINE_IO.test(body.trim())) return null;
  return OTHER('socket.io', protocol);
}

/** For a refused upgrade: where servers of this protocol usually are; '' if that helps nothing. */
export function pathAdvice(protocol: ProtocolName, code: string, url: string): string {
  const path = USUAL_PATH[protocol];
  // Some servers only hang up where they do not know the path.
  const isOfPath = /^(HTTP_(200|400|404|426)|ECONNRESET|closed)$/.test(code);
  if (path === undefined || !isOfPath || (path.startsWith('/') && url.includes(path.replace('KEY', '')))) return '';
  return `; servers of ${protocol} have it at ${path} as a rule`;
}
