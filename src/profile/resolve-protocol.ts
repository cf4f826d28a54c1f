import { checkValues } from './check-values.js';
import type { Path } from './document.js';
import type { JsonValue, ProtocolSpec, Target } from './profile.js';
import { PROTOCOLS, type ProtocolFacts, type ProtocolName } from './protocols.js';
import { type Resolution, resolveJson } from './resolution.js';
import type { ProfileInput } from './schema.js';
import type { RequestInput } from './talk-schema.js';

const NONE: ProtocolSpec = { name: 'none', options: {}, beat: null };
const PATH = ['protocol'];

/** The protocol with its options checked. */
export function resolveProtocol(input: ProfileInput, resolution: Resolution): ProtocolSpec {
  const { protocol } = input;
  if (protocol === undefined) return NONE;
  if (typeof protocol === 'string') return { ...NONE, name: protocol };
  const { name, beat = null, ...written } = protocol;
  if (beat !== null) checkBeat(name, beat, resolution);
  const options: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(written)) {
    if (value === undefined) continue;
    const path = [...PATH, key];
    if (!PROTOCOLS[name].options.includes(key)) refuseOption(name, key, resolution);
    options[key] = resolveOption(name, key, value, path, input, resolution);
  }
  checkQos(written.qos, [...PATH, 'qos'], resolution);
  checkClientId(written.clientId, input, resolution);
  return { name, options, beat };
}

/** Refuses what is not spoken. */
export function checkQos(qos: unknown, path: Path, { problems }: Pick<Resolution, 'problems'>): void {
  if (qos !== 2) return;
  const hint = 'use qos: 1; QoS 2 takes four packets for a message, which wsurge does not speak';
  problems.rule({ path, message: 'is not spoken', hint });
}

/** A broker closes the connection of a client when another one comes with its id. */
function checkClientId(clientId: string | undefined, input: ProfileInput, { problems }: Resolution): void {
  if (clientId === undefined || clientId.includes('{{') || !hasSeveral(input)) return;
  const message = 'is the same for all connections, and a broker closes the older one of two clients with one id';
  const hint = 'write it like load-{{connection}}, or leave it out: the broker then makes one up';
  problems.rule({ path: [...PATH, 'clientId'], message, hint }, [['load']]);
}

function hasSeveral({ load }: ProfileInput): boolean {
  return load.some(({ connections }) => connections !== 1);
}

/** Whether nothing answers such a request. */
export function isUnanswered(
  { reply, qos }: Pick<RequestInput, 'reply' | 'qos'>,
  { name, options }: ProtocolSpec,
): boolean {
  return reply === 'none' || (name === 'mqtt' && (qos ?? options['qos'] ?? 0) === 0);
}

/** A time for a heartbeat that the client begins; off also for one that it only answers. */
function checkBeat(name: ProtocolName, beat: number | 'off', { problems }: Resolution): void {
  const { beats } = PROTOCOLS[name];
  const wrong = (message: string, hint: string) =>
    problems.rule({ path: [...PATH, 'beat'], at: 'key', message, hint }, [[...PATH, 'name']]);
  if (name === 'none') {
    wrong('belongs to a protocol', 'say what the server speaks, or answer its heartbeat with a rule of when');
  } else if (beats === null) {
    wrong(`does not go with ${name}, whose clients owe no heartbeat`, 'remove it');
  } else if (beats === 'server' && beat !== 'off') {
    wrong(
      `is set by the server in ${name}, and answered by the client`,
      'say off to leave it unanswered, or remove it',
    );
  }
}

function refuseOption(name: ProtocolName, key: string, { problems }: Resolution): void {
  const own = PROTOCOLS[name].options;
  const homes = Object.entries(PROTOCOLS).filter(([, { options }]) => options.includes(key));
  const of = homes.map(([home]) => home).join(' or ');
  const hint = own.length === 0 ? `${name} has no options` : `${name} has ${own.join(' and ')}`;
  problems.rule({ path: [...PATH, key], at: 'key', message: `belongs to ${of}`, hint }, [[...PATH, 'name']]);
}

/** Options are said before the session, when nothing has been captured. */
function resolveOption(
  name: ProtocolName,
  key: string,
  value: JsonValue,
  path: Path,
  input: ProfileInput,
  resolution: Resolution,
) {
  if (key === 'namespace' && typeof value === 'string' && value.includes('{{')) {
    const hint = 'a connection is told by its token or its data, not by its namespace';
    resolution.problems.rule({ path, at: 'key', message: 'holds a token: all connections share it', hint });
    return value;
  }
  const rooms = input.rooms !== undefined || input.load.some((load) => load.rooms !== undefined);
  const sessionHint = 'the protocol connects before the session begins: use {{data.x}} or {{env.X}}';
  const talk = { rooms, step: false, session: [], sessionHint, isJson: !PROTOCOLS[name].bytes };
  const resolved = resolveJson(value, path, resolution, { perMessage: false, talk }).value;
  if (typeof resolved === 'string' && CONNECT_HEADERS.includes(key)) checkHeader(resolved, path, resolution);
  return resolved;
}

/** Options of stomp that CONNECT has as headers. Nothing is escaped in them. */
const CONNECT_HEADERS = ['host', 'login', 'passcode'];

function checkHeader(text: string, path: Path, resolution: Resolution): void {
  const trouble = (filled: string) =>
    /[\r\n\0]/.test(filled) ? { message: 'holds a line end or a NUL, which no header of CONNECT can hold' } : null;
  const found = trouble(text);
  if (found !== null) resolution.problems.rule({ path, at: 'key', ...found });
  checkValues({ path, text, trouble }, resolution);
}

/** The target as the protocol needs it: its sub-protocol, its query, its usual path. What the user wrote stays. */
export function targetFor(name: ProtocolName, target: Target, resolution: Resolution): Target {
  const facts = PROTOCOLS[name];
  if (name === 'none') return target;
  if (target.kind === 'embedded') {
    const hint = 'give the url of a server that speaks it';
    resolution.problems.rule({ path: PATH, at: 'key', message: `the reference server does not speak ${name}`, hint }, [
      ['target'],
    ]);
    return target;
  }
  checkQuery(name, target.url, resolution);
  const url = withQuery(facts.path === null ? target.url : withPath(target.url, facts.path), facts.query);
  return { ...target, url, subprotocols: target.subprotocols.length > 0 ? target.subprotocols : facts.subprotocols };
}

/** Ways of connecting that a URL can ask for and that are not spoken. */
function checkQuery(name: ProtocolName, url: string, { problems }: Resolution): void {
  const refuse = (message: string, hint: string) =>
    problems.rule({ path: ['target', 'url'], at: 'key', message, hint }, [PATH]);
  const asks = (pair: RegExp) => pair.test(url.split('?').slice(1).join('?'));
  if (name === 'socket.io' && asks(/(^|&)transport=(?!websocket(&|$))/)) {
    refuse('asks for a transport other than WebSocket, e.g. polling', 'remove transport, or say transport=websocket');
  }
  if (name === 'socket.io' && asks(/(^|&)EIO=(?!4(&|$))/)) {
    refuse('asks for another version of Engine.IO than 4', 'remove EIO; Socket.IO 2 and older is not spoken');
  }
  if (name === 'phoenix' && asks(/(^|&)vsn=(?!2\.0\.0(&|$))/)) {
    refuse('asks for another serializer than version 2.0.0', 'remove vsn, or say vsn=2.0.0');
  }
  if (name === 'pusher' && asks(/(^|&)protocol=(?![5-7](&|$))/)) {
    refuse('asks for another protocol than 7', 'remove protocol, or say protocol=7');
  }
}

/** The URL with the members of the query that it does not have. */
function withQuery(url: string, members: ProtocolFacts['query']): string {
  const query = url.split('?').slice(1).join('?');
  const names = query.split('&').map((pair) => pair.split('=')[0]);
  const missing = Object.entries(members).filter(([name]) => !names.includes(name));
  if (missing.length === 0) return url;
  const added = missing.map(([name, value]) => `${name}=${value}`).join('&');
  if (!url.includes('?')) return `${url}?${added}`;
  return /[?&]$/.test(url) ? `${url}${added}` : `${url}&${added}`;
}

/** The URL with the path at which such servers listen, if it has none of its own. */
function withPath(url: string, path: string): string {
  const [, base, end = ''] = /^([^?]*)(\?.*)?$/s.exec(url) ?? [];
  if (base === undefined) return url;
  if (/^ws\+unix:/i.test(base)) return base.includes(':', 'ws+unix:'.length) ? url : `${base}:${path}${end}`;
  return /^wss?:\/\/[^/]*\/?$/i.test(base) ? `${base.replace(/\/$/, '')}${path}${end}` : url;
}
