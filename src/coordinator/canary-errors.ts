import type { ConnectFailure } from '../engine/socket/connection.js';
import { isSecure } from '../engine/socket/dial.js';
import { unreachableError, usageError, WsurgeError } from '../errors.js';
import { connectFailureFix, connectFailureWords, isOfProxy } from '../metrics/connect-failures.js';
import { ownEndWords } from '../metrics/own-ends.js';
import type { Cell, Endpoint } from '../plan/cell.js';
import { formatDuration } from '../units.js';
import { otherByBody, otherProtocol, pathAdvice, saidOf, sessionFix, withoutOthers } from './canary-fixes.js';
import type { FlightRecord, Wrong } from './canary-flight.js';
import type { CanaryMessage } from './canary-messages.js';
import type { CanaryOptions } from './canary-options.js';
import { Transcript } from './canary-transcript.js';
import { isRedirect } from './redirect.js';

/** No connection opened. `location`: where an HTTP redirect leads, as the server wrote it; null for none. */
export class CanaryRefused extends WsurgeError {
  readonly location: string | null;

  constructor(refusal: WsurgeError, location: string | null) {
    const { exitCode, code, message, next } = refusal;
    super(exitCode, code, message, next === null ? {} : { next });
    this.location = location;
  }
}

/** A test connection, and what it was asked for. */
interface Tried {
  readonly options: CanaryOptions;
  readonly cell: Cell;
  readonly record: FlightRecord;
}

type Message = Pick<CanaryMessage, 'name'>;

const SHOWN_BYTES = 120;
/** How many characters of the body of a refusal are shown. */
const SHOWN_BODY = 200;
const SHOWN_MESSAGE = 400;
/** The answers of nginx, Apache and Go to plain HTTP on a TLS port. */
const SPEAKS_OF_TLS = /sent to HTTPS port|to an SSL-enabled|HTTP request to an HTTPS server/i;

/** No connection opened (103). */
export function connectError({ options, cell }: Tried, failure: ConnectFailure): WsurgeError {
  const { phase, code, message, body, location } = failure;
  const { shownUrl, printable, endpoint } = options;
  const reason = reasonOf(code, printable(message, SHOWN_MESSAGE));
  const says = body === '' ? '' : `; it says: ${printable(body, SHOWN_BODY)}`;
  const asked = { secure: isSecure(endpoint), origin: namesOrigin(endpoint) };
  const fix = SPEAKS_OF_TLS.test(body) ? connectFailureFix('speaks_tls', asked) : connectFailureFix(code, asked);
  const text = `cannot connect to ${shownUrl}: ${reason} (${phase}, ${code})${says}`;
  const leads = isRedirect(code) && location !== undefined ? location : null;
  const protocol = cell.wire?.protocol ?? 'none';
  const likeliest = otherByBody(protocol, body) ?? `${fix}${pathAdvice(protocol, code, endpoint.url)}`;
  return new CanaryRefused(unreachableError('unreachable', text, likeliest), leads);
}

/** The session did not become ready: 103 if the server refused it or the connection ended, else 104. */
export function sessionError(tried: Tried, { code, message }: ConnectFailure): WsurgeError {
  const { options, cell, record } = tried;
  const { shownUrl, printable, endpoint } = options;
  const text = `the session on ${shownUrl} did not become ready: ${printable(withoutOthers(message), SHOWN_MESSAGE)} (session, ${code})`;
  const fix = sessionFix({
    protocol: cell.wire?.protocol ?? 'none',
    ...{ code, message, offered: endpoint.subprotocols, chosen: record.subprotocol },
    said: saidOf(new Transcript(record.transcript), code, message),
  });
  const isUnexpected = code.endsWith('_timeout') || code.startsWith('capture_') || code.startsWith('script_');
  const withLines = `${text}${transcriptOf(tried)}`;
  return isUnexpected
    ? usageError('session_not_ready', withLines, fix)
    : unreachableError('session_refused', withLines, fix);
}

/** A message was not answered as the profile expects (104). */
export function wrongError(tried: Tried, message: Message, wrong: Wrong): WsurgeError {
  const error =
    wrong.kind === 'no_reply'
      ? noReply(tried, message)
      : wrong.kind === 'not_an_echo'
        ? notAnEcho(tried, wrong.reply)
        : refusedRequest(tried, message, wrong.kind, wrong.reply);
  const { code, next } = error;
  return usageError(code, `${error.message}${transcriptOf(tried)}`, next ?? undefined);
}

function noReply({ options, cell, record }: Tried, { name }: Message): WsurgeError {
  const { shownUrl, printable } = options;
  const { closed, ownEnd, sessionEnd, transcript } = record;
  const [first] = transcript.first;
  const came =
    ownEnd !== null
      ? `wsurge itself ended the connection: ${ownEndWords(ownEnd)}`
      : sessionEnd !== null
        ? `it ended the session (${printable(sessionEnd, SHOWN_BYTES)}) and kept the connection`
        : closed !== null
          ? `it closed the connection with ${closed.code} ${printable(closed.reason, SHOWN_BYTES)}`.trim()
          : first === undefined
            ? `nothing came within ${cell.reply.timeoutMs / 1000} s`
            : name === null && cell.wire === undefined
              ? `what came first was: ${printable(first, SHOWN_BYTES)}`
              : `no reply to it came within ${cell.reply.timeoutMs / 1000} s`;
  const what = name === null ? 'one test message' : `request ${name}`;
  const protocol = cell.wire?.protocol ?? 'none';
  // What ends a session is of its protocol.
  const other = sessionEnd !== null ? null : otherProtocol(protocol, { messages: transcript.first, closed });
  return usageError(
    'no_matching_reply',
    `${shownUrl} did not answer ${what} as the profile expects (match: ${cell.reply.match}); ${came}`,
    other ?? (sessionEnd !== null ? sessionEndFix(what) : silenceFix(cell, name, closed === null && ownEnd === null)),
  );
}

function sessionEndFix(what: string): string {
  return `see in the log of the server why it disconnected this client at ${what}: rights, a limit, or an error of its own`;
}

/** `isOpen`: the server may still answer, only later. */
function silenceFix(cell: Cell, name: string | null, isOpen: boolean): string {
  const reaches = cell.wire?.requests.find((request) => request.name === name)?.reaches;
  if (reaches !== undefined) {
    return `if request ${name} is delivered to others and has no reply of its own, say reply: none for it`;
  }
  const later = `; if it needs longer than ${formatDuration(cell.reply.timeoutMs)}, raise reply.timeout`;
  return `${answersFix(cell, name)}${isOpen ? later : ''}`;
}

function answersFix({ reply, wire }: Cell, name: string | null): string {
  if (wire !== undefined && wire.protocol !== 'none') {
    return name === null
      ? `write requests for ${wire.protocol}: a message of its own is not answered there`
      : `check to and send of request ${name}: the server may not know it; if it answers nothing, use --match none`;
  }
  if (reply.match === 'sequence') {
    return 'if it answers every message in order, use --match order; if it does not answer, use --match none; if the number comes back in another JSON field, use --set reply.field=NAME';
  }
  return 'if it does not answer every message, use --match none; if it answers in its own words, use --set reply.echo=none';
}

function notAnEcho({ options: { shownUrl, printable } }: Tried, reply: Buffer): WsurgeError {
  return usageError(
    'not_an_echo',
    `${shownUrl} answered with the sequence but not with what was sent; it said: ${shown(reply, printable)}`,
    'use --set reply.echo=none (never judge the content) or --set reply.echo=field:NAME (judge one field)',
  );
}

/** The reply says no, or does not hold what the request expects. */
function refusedRequest(
  { options: { shownUrl, printable } }: Tried,
  { name }: Message,
  kind: 'fails' | 'unexpected',
  reply: Buffer,
): WsurgeError {
  const request = name === null ? 'the test message' : `request ${name}`;
  const said = shown(reply, printable);
  if (kind === 'fails') {
    return usageError(
      'request_failed',
      `${shownUrl} answered ${request} with a failure: ${said}`,
      `correct ${request} (to, send), or the session before it: log-in, subscription, rights; every such reply would count as failed`,
    );
  }
  return usageError(
    'request_unexpected',
    `${shownUrl} answered ${request}, but not with what it expects; it said: ${said}`,
    `correct expect or capture of ${request} by what came, or the request itself`,
  );
}

/** The lines of the connection; '' where it has neither session nor requests: one sentence then says all. */
function transcriptOf({ options, cell, record }: Tried): string {
  if (cell.wire === undefined) return '';
  const { transcribed = options.printable } = options;
  const { values, transcript } = record;
  const lines = new Transcript(transcript).lines((text, maxLength) => transcribed(text, maxLength, values));
  return `\n  on the test connection (load ${cell.load}):\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

function shown(data: Buffer, printable: CanaryOptions['printable']): string {
  return printable(data.toString('utf8'), SHOWN_BYTES);
}

/**
 * The meaning of the code. Uses the words of the socket or server if the code has no text here, or if those words
 * contain names.
 */
function reasonOf(code: string, said: string): string {
  const words = connectFailureWords(code);
  if (words === null) return said;
  // The words name the proxy and quote its answer.
  if (isOfProxy(code)) return `${said}: ${words}`;
  return code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? `${words}: ${said}` : words;
}

function namesOrigin({ headers }: Endpoint): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'origin');
}
