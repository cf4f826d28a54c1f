import type { TLSSocket } from 'node:tls';
import { formatDuration } from '../../units.js';
import { judged, NotPromised, type Scenario, ServerFault, skipped } from '../check.js';
import { type CheckSocket, ConnectError, TimedOut } from '../check-socket.js';
import type { CheckContext } from '../context.js';
import { promised } from '../expectations.js';
import { shown } from '../received.js';
import { openWire } from '../wire.js';

const OPEN = 1;
/** Short, because nothing is judged by it: some servers never answer a close. */
const GOODBYE_MS = 500;
const SHOWN_HEADERS = 20;

/** 1: a correct handshake opens a connection, and no other does. */
export const connectScenario: Scenario = {
  number: 1,
  name: 'connect',
  title: 'Connection',
  allowsOthers: true,
  checks: [
    {
      id: '1.1',
      title: ({ found }) => `a connection opens${found?.kind.name === 'session' ? ', and its session is ready' : ''}`,
      isRequired: true,
      run: opens,
    },
    {
      id: '1.2',
      title: ({ expects: { subprotocol: named } }) =>
        named === null ? 'one of the offered sub-protocols is chosen' : `the sub-protocol "${named}" is chosen`,
      run: subprotocol,
    },
    { id: '1.3', title: 'no sub-protocol is chosen where none is offered', run: noSubprotocol },
    {
      id: '1.4',
      title: ({ expects: { compression } }) =>
        compression === null ? 'a connection opens where compression is offered' : `compression is ${compression}`,
      run: extensions,
    },
    { id: '1.5', title: 'the response has the headers of an upgrade', isRequired: true, run: responseHeaders },
    { id: '1.6', title: 'Access-Control-Allow-Origin is as promised', run: cors },
    {
      id: '1.7',
      title: ({ expects: { wrongPath: wrong } }) =>
        `a wrong path is refused${wrong?.status == null ? '' : ` with ${wrong.status}`}`,
      run: wrongPath,
    },
    {
      id: '1.8',
      title: ({ expects: { missingUpgrade: status } }) =>
        `a request without Upgrade is answered ${status === null ? 'over HTTP, without one' : `with ${status}`}`,
      isRequired: true,
      run: missingUpgrade,
    },
    { id: '1.9', title: 'the TLS certificate is one that clients accept', run: tlsChain },
  ],
};

async function opens(context: CheckContext) {
  const socket = await context.open();
  const { tcpMs, tlsMs, upgradeMs, totalMs } = socket.phases;
  const measured = [
    { name: 'tcp', value: tcpMs, unit: 'ms' },
    ...(tlsMs === null ? [] : [{ name: 'tls', value: tlsMs, unit: 'ms' }]),
    { name: 'upgrade', value: upgradeMs, unit: 'ms' },
    { name: 'total', value: totalMs, unit: 'ms' },
    ...(socket.sessionMs === null ? [] : [{ name: 'session', value: socket.sessionMs, unit: 'ms' }]),
  ];
  const { readyState } = socket;
  await leave(context, socket);
  return judged([readyState === OPEN ? null : `readyState is ${readyState}`], {
    sent: 'GET with Upgrade: websocket',
    expected: '101, readyState 1 (OPEN)',
    received: `101, readyState ${readyState}`,
    measured,
  });
}

async function subprotocol(context: CheckContext) {
  const offered = context.endpoint.subprotocols;
  const wanted = context.expects.subprotocol ?? (offered.length > 0 ? offered.join(' or ') : null);
  if (wanted === null) throw new NotPromised('not promised: check.subprotocol of the profile does not say');
  const named = context.expects.subprotocol;
  const offer = named === null || offered.includes(named) ? offered : [named, ...offered];
  const socket = await context.open({ subprotocols: offer });
  const { subprotocol: chosen } = socket;
  await leave(context, socket);
  const right = named === null ? offer.includes(chosen) : chosen === named;
  return judged([right ? null : `the server chose ${chosen === '' ? 'none' : `"${chosen}"`}`], {
    sent: `Sec-WebSocket-Protocol: ${offer.join(', ')}`,
    expected: wanted,
    received: chosen,
  });
}

async function noSubprotocol(context: CheckContext) {
  const sent = 'no Sec-WebSocket-Protocol';
  if (context.endpoint.subprotocols.length > 0)
    return skipped('the target needs a sub-protocol: target.subprotocols names one', { sent });
  const raw = await context.raw();
  const { status, headers } = await raw.handshake(context.replyMs);
  const chosen = headers['sec-websocket-protocol'];
  return judged(
    [
      status === 101 ? null : `the answer is ${status}`,
      chosen === undefined ? null : `the server chose "${chosen}" though none was offered`,
    ],
    { sent, expected: '101 without a sub-protocol', received: `${status}, ${chosen ?? 'none'}` },
  );
}

async function extensions(context: CheckContext) {
  const socket = await context.open({ compression: true });
  const chosen = socket.extensions;
  await leave(context, socket);
  const { compression } = context.expects;
  const got = chosen === '' ? 'declined' : 'accepted';
  return judged([compression === null || compression === got ? null : `compression was ${got}`], {
    sent: 'Sec-WebSocket-Extensions: permessage-deflate',
    expected: compression ?? 'permessage-deflate or none',
    received: chosen === '' ? 'none' : chosen,
  });
}

async function responseHeaders(context: CheckContext) {
  const raw = await context.raw();
  const { status, headers, acceptsKey } = await raw.handshake(context.replyMs);
  const wanted = Object.entries(context.expects.headers);
  return judged(
    [
      status === 101 ? null : `the status is ${status}, not 101`,
      headers['upgrade']?.toLowerCase() === 'websocket' ? null : 'Upgrade is not websocket',
      /\bupgrade\b/i.test(headers['connection'] ?? '') ? null : 'Connection is not Upgrade',
      acceptsKey ? null : 'Sec-WebSocket-Accept is not made from the key',
      headers['sec-websocket-extensions'] === undefined ? null : 'an extension was chosen though none was offered',
      ...wanted.map(([name, value]) => (headers[name] === value ? null : `${name} is not "${value}"`)),
    ],
    {
      sent: 'GET with Upgrade: websocket',
      expected: ['101, Upgrade, Connection, Sec-WebSocket-Accept', ...wanted.map((pair) => pair.join(': '))].join(', '),
      received: `${status} ${Object.keys(headers).slice(0, SHOWN_HEADERS).join(', ')}`,
    },
  );
}

async function cors(context: CheckContext) {
  const { origin, allow } = promised(context.expects, 'cors');
  const socket = await context.open({ origin });
  const value = socket.headers['access-control-allow-origin'];
  await leave(context, socket);
  return judged([value === allow ? null : `Access-Control-Allow-Origin is ${value ?? 'missing'}`], {
    sent: `Origin: ${origin}`,
    expected: `Access-Control-Allow-Origin: ${allow}`,
    received: value ?? 'no such header',
  });
}

async function wrongPath(context: CheckContext) {
  const { path, status } = promised(context.expects, 'wrongPath');
  const answer = await refusalOf(context.open({ path }));
  const right = status === null ? answer !== null && answer >= 400 : answer === status;
  return judged([right ? null : answer === null ? 'the connection opened' : `the status is ${answer}`], {
    sent: `GET ${path} with Upgrade: websocket`,
    expected: status === null ? 'a status of 400 or above' : String(status),
    received: String(answer ?? 101),
  });
}

async function missingUpgrade(context: CheckContext) {
  const raw = await context.raw();
  const change = {
    Upgrade: null,
    Connection: 'close',
    'Sec-WebSocket-Key': null,
    'Sec-WebSocket-Version': null,
  };
  const { status } = await raw.handshake(context.replyMs, change);
  const wanted = context.expects.missingUpgrade;
  const right = wanted === null ? status !== 101 && status >= 200 : status === wanted;
  return judged([right ? null : status === 0 ? 'the answer is no HTTP' : `the status is ${status}`], {
    sent: 'GET without Upgrade',
    expected: wanted === null ? 'any status but 101' : String(wanted),
    received: status === 0 ? 'no HTTP' : String(status),
  });
}

async function tlsChain(context: CheckContext) {
  if (!context.isSecure) return skipped('the target is not wss');
  const { hostname, port } = new URL(context.endpoint.url);
  const { socket } = openWire(context.endpoint, hostname.replace(/^\[|\]$/g, ''), port === '' ? 443 : Number(port), {
    insecure: true,
  });
  const secure = socket as TLSSocket;
  try {
    const found = await new Promise<{
      readonly problem: string | null;
      readonly subject: string;
      readonly protocol: string;
    }>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new TimedOut(`no TLS handshake within ${formatDuration(context.replyMs)}`)),
        context.replyMs,
      );
      secure.once('error', (error) => reject(new ServerFault(error.message)));
      secure.once('secureConnect', () => {
        clearTimeout(timer);
        const { authorized, authorizationError } = secure;
        const subject = secure.getPeerCertificate().subject?.CN ?? '';
        const problem = authorized ? null : String(authorizationError);
        resolve({ problem, subject: String(subject), protocol: secure.getProtocol() ?? '' });
      });
    });
    const evidence = {
      sent: 'TLS, as a client that checks',
      expected: 'a valid certificate for this name, from an authority that this machine or target.tls.ca trusts',
      received: `${found.protocol}, ${shown(found.subject)}${found.problem === null ? '' : `, ${found.problem}`}`,
    };
    const insecure = context.endpoint.tls.insecure;
    if (found.problem !== null && insecure)
      return skipped(`not judged: --insecure was given (${found.problem})`, evidence);
    return judged([found.problem], evidence);
  } finally {
    secure.destroy();
  }
}

/** The HTTP status of a refused upgrade; null if it was not refused. Other failures are thrown. */
async function refusalOf(opening: Promise<CheckSocket>): Promise<number | null> {
  try {
    await opening;
    return null;
  } catch (error) {
    if (error instanceof ConnectError && error.status !== null) return error.status;
    throw error;
  }
}

async function leave({ replyMs }: CheckContext, socket: CheckSocket): Promise<void> {
  await socket.close(1000, '', Math.min(GOODBYE_MS, replyMs));
}
