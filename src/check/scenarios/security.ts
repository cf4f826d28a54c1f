import { promisify } from 'node:util';
import { constants, deflateRaw } from 'node:zlib';
import { formatCounted } from '../../units.js';
import { Bystanders } from '../bystanders.js';
import { judged, type Outcome, type Scenario, skipped } from '../check.js';
import { type CheckSocket, ConnectError, type OpenOptions } from '../check-socket.js';
import type { CheckContext } from '../context.js';
import { echoMessage, fillTemplate, messageOn, usableProblem } from '../echo.js';
import { endOf, endProblem, evidenceOf, handShaken } from '../enforced-end.js';
import { promisedSecurity } from '../expectations.js';
import { OPCODE } from '../raw-socket.js';
import { shown, shownClose } from '../received.js';

const ISOLATED = 5;
const LISTEN_MS = 300;
/** 64 MiB of zeros are 64 KB once deflated. */
const BOMB_BYTES = 64 * 1024 * 1024;
const LONGEST_LENGTH = 2n ** 63n;
const NO_TLS = skipped('the target is not wss');

/** Besides the eight scenarios: what the server refuses, by the profile. */
export const securityScenario: Scenario = {
  number: 'security',
  name: 'security',
  title: 'Security',
  checks: [
    { id: 'S.1', title: 'a client without credentials is refused', isRequired: true, run: unauthenticated },
    { id: 'S.2', title: 'a wrong Origin is refused', isRequired: true, run: wrongOrigin },
    { id: 'S.3', title: 'the message quota holds', isRough: true, run: quota },
    { id: 'S.4', title: 'the connection limit holds', isRough: true, run: connectionLimit },
    { id: 'S.5', title: 'no message of one connection reaches another', isRequired: true, run: isolation },
    { id: 'S.6', title: 'the certificate is verified', run: certificate },
    { id: 'S.7', title: 'old TLS is refused', run: oldTls },
    { id: 'S.8', title: 'a compression bomb is refused', isRough: true, run: compressionBomb },
    { id: 'S.9', title: 'a frame of 2^63 bytes is refused', isRough: true, run: hugeLength },
  ],
};

async function unauthenticated(context: CheckContext): Promise<Outcome> {
  const wanted = promisedSecurity(context.expects, 'unauthenticated');
  const seen = await refusalOf(context, { anonymous: true }, wanted);
  const known = await usableProblem(context, await context.open());
  return judged([seen.problem, known === null ? null : `with the credentials of the profile: ${known}`], {
    sent: 'an upgrade without the headers and the query of the profile, then one with them',
    expected: `${wanted}, then an open connection`,
    received: seen.shown,
  });
}

async function wrongOrigin(context: CheckContext): Promise<Outcome> {
  const { origin, refusal } = promisedSecurity(context.expects, 'wrongOrigin');
  const seen = await refusalOf(context, { origin }, refusal);
  return judged([seen.problem], { sent: `Origin: ${origin}`, expected: String(refusal), received: seen.shown });
}

async function quota(context: CheckContext): Promise<Outcome> {
  const { messages, closeCode } = promisedSecurity(context.expects, 'quota');
  const socket = await context.open();
  for (let sent = 0; sent < messages; sent++) socket.send(messageOn(context, socket, sent).text);
  const within = await socket.collect(messages, context.replyMs);
  const early = socket.ending;
  socket.send(messageOn(context, socket, messages).text);
  const closed = await socket.closed(context.replyMs);
  return judged(
    [
      within.length === messages && early === null
        ? null
        : `only ${within.length} of ${messages} messages were answered`,
      closed?.code === closeCode ? null : `one message more: ${shownClose(closed)}`,
    ],
    {
      sent: `${messages} messages, and one more`,
      expected: `${messages} replies, then close ${closeCode}`,
      received: `${formatCounted(within.length, 'reply')}, then ${shownClose(closed)}`,
    },
  );
}

async function connectionLimit(context: CheckContext): Promise<Outcome> {
  const { connections, refusal } = promisedSecurity(context.expects, 'connectionLimit');
  const sockets = await context.openAll(connections);
  const seen = await refusalOf(context, {}, refusal);
  const first = sockets[0] === undefined ? null : await usableProblem(context, sockets[0]);
  return judged([seen.problem, first], {
    sent: `${connections} connections, and one more`,
    expected: `${connections} open, the next is refused with ${refusal}`,
    received: seen.shown,
  });
}

async function isolation(context: CheckContext): Promise<Outcome> {
  promisedSecurity(context.expects, 'isolation');
  const { expects } = context;
  if (expects.requests !== null) return await isolatedRequests(context);
  const sockets = await context.openAll(ISOLATED, { hearsAll: true });
  const secretOf = (index: number) => `secret of connection ${index} ${'#'.repeat(index)}.`;
  for (const [index, socket] of sockets.entries()) {
    socket.send(echoMessage(expects, secretOf(index)).text);
    if (index === 0 && expects.stream !== null) {
      socket.send(fillTemplate(expects.stream.send, { count: 20, rate: 1000, size: 64 }));
    }
  }
  const problems: string[] = [];
  for (const [index, socket] of sockets.entries()) {
    const own = echoMessage(expects, secretOf(index)).text;
    const heard = await socket.listen(index === 0 ? LISTEN_MS : 0);
    // A message that this server sends to everyone, such as a greeting, gives nothing away.
    const foreign = heard.find((message) => {
      return index > 0 && !message.data.includes(secretOf(index)) && context.setAside?.isKnown(message) !== true;
    });
    const stolen = heard.find(({ data }) =>
      sockets.some((_, other) => other !== index && data.includes(secretOf(other))),
    );
    const strange = stolen ?? foreign;
    if (strange !== undefined) problems.push(`connection ${index + 1} heard ${shown(strange.data, strange.isBinary)}`);
    if (!heard.some(({ data }) => data.includes(secretOf(index)))) problems.push(`${shown(own)} was not answered`);
  }
  return judged(problems, {
    sent: `a message of its own on each of ${ISOLATED} connections`,
    expected: 'each hears its own and nothing else',
    received: problems.length === 0 ? 'each heard its own' : problems[0]!,
  });
}

/** A request on each connection: no reply may have the number of a request of another one. */
async function isolatedRequests(context: CheckContext): Promise<Outcome> {
  const sockets = await context.openAll(ISOLATED, { hearsAll: true });
  for (const socket of sockets) socket.send(messageOn(context, socket, null).text);
  const problems: string[] = [];
  for (const [index, socket] of sockets.entries()) {
    const heard = await socket.listen(index === 0 ? LISTEN_MS : 0);
    const strange = heard.find(({ isAnothers }) => isAnothers === true);
    if (strange !== undefined) problems.push(`connection ${index + 1} heard ${shown(strange.data, strange.isBinary)}`);
    if (!heard.some(({ answers }) => answers !== undefined)) problems.push(`connection ${index + 1} was not answered`);
  }
  return judged(problems, {
    sent: `a request on each of ${ISOLATED} connections`,
    expected: 'each hears the reply to its own and to no other',
    received: problems[0] ?? 'each heard its own',
  });
}

async function certificate(context: CheckContext): Promise<Outcome> {
  promisedSecurity(context.expects, 'certificate');
  if (!context.isSecure) return NO_TLS;
  const trusting = await attempt(context, { tls: { insecure: false } });
  const distrusting = await attempt(context, { tls: { insecure: false, ca: [] } });
  return judged(
    [
      trusting === null ? null : `a client that checks refuses it: ${trusting.message}`,
      distrusting?.phase === 'tls' ? null : 'a client that trusts nobody takes it',
    ],
    {
      sent: 'TLS with the authorities of the profile, then with none',
      expected: 'open, then refused by the client',
      received: `${trusting?.code ?? 'open'}, then ${distrusting?.code ?? 'open'}`,
    },
  );
}

async function oldTls(context: CheckContext): Promise<Outcome> {
  const minimum = promisedSecurity(context.expects, 'minimumTls');
  if (!context.isSecure) return NO_TLS;
  const newest = minimum === '1.3' ? 'TLSv1.2' : 'TLSv1.1';
  // OpenSSL offers such versions only at the lowest level of security.
  const tls = { insecure: true, minVersion: 'TLSv1', maxVersion: newest, ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  const error = await attempt(context, { tls });
  const sent = `TLS up to ${newest.slice(4)}`;
  if (error?.code === 'ERR_SSL_NO_PROTOCOLS_AVAILABLE') return skipped(`this Node cannot offer ${newest}`, { sent });
  return judged([error === null ? `${newest} is taken` : error.phase === 'tls' ? null : error.message], {
    sent,
    expected: 'no TLS connection',
    received: error === null ? 'an open connection' : error.code,
  });
}

async function compressionBomb(context: CheckContext): Promise<Outcome> {
  const code = promisedSecurity(context.expects, 'compressionBomb');
  // In another thread, before anyone is connected: a bystander that answers no pings meanwhile would be dropped.
  const deflated = await promisify(deflateRaw)(Buffer.alloc(BOMB_BYTES), { finishFlush: constants.Z_SYNC_FLUSH });
  const bomb = deflated.subarray(0, -4);
  const bystanders = await Bystanders.open(context, 1);
  const memoryBefore = context.process?.sample()?.rssBytes ?? null;
  const raw = await handShaken(context, { 'Sec-WebSocket-Extensions': 'permessage-deflate' });
  raw.frame({ opcode: OPCODE.binary, rsv: 4, payload: bomb });
  const end = await endOf(raw, context.replyMs);
  const memory = context.process?.sample()?.rssBytes ?? null;
  const grown = memory === null || memoryBefore === null ? null : memory - memoryBefore;
  return judged(
    [
      endProblem('a message that inflates beyond every limit', end, code),
      grown === null || grown < BOMB_BYTES ? null : 'the server inflated all of it',
      await bystanders.problem(),
    ],
    {
      ...evidenceOf(`${bomb.length} bytes that inflate to ${BOMB_BYTES}`, code, [end]),
      measured: grown === null ? [] : [{ name: 'memory grown', value: grown / 2 ** 20, unit: 'MiB' }],
    },
  );
}

async function hugeLength(context: CheckContext): Promise<Outcome> {
  const code = promisedSecurity(context.expects, 'hugeLength');
  const bystanders = await Bystanders.open(context, 1);
  const raw = await handShaken(context);
  raw.frame({ opcode: OPCODE.binary, saysLength: LONGEST_LENGTH, payload: Buffer.alloc(64) });
  const end = await endOf(raw, context.replyMs);
  return judged(
    [endProblem('a frame header that announces 2^63 bytes', end, code), await bystanders.problem()],
    evidenceOf('a frame header that promises 2^63 bytes', code, [end]),
  );
}

interface Refusal {
  /** Null if it is the one that was expected. */
  readonly problem: string | null;
  readonly shown: string;
}

/** How one more connection is refused: by a status instead of the upgrade, or by a close right after it. */
async function refusalOf(context: CheckContext, options: OpenOptions, wanted: number): Promise<Refusal> {
  let socket: CheckSocket;
  try {
    socket = await context.open(options);
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    return { problem: error.status === wanted ? null : `refused otherwise: ${error.message}`, shown: error.message };
  }
  const closed = wanted < 1000 ? null : await socket.closed(context.replyMs);
  const seen = closed === null ? 'an open connection' : shownClose(closed);
  return { problem: closed?.code === wanted ? null : `not refused with ${wanted}: ${seen}`, shown: seen };
}

/** Why no connection opens; null if one does. */
async function attempt(context: CheckContext, options: OpenOptions): Promise<ConnectError | null> {
  try {
    await context.open(options);
    return null;
  } catch (error) {
    if (error instanceof ConnectError) return error;
    throw error;
  }
}
