import { formatCounted, formatDuration } from '../../units.js';
import type { EchoForm } from '../echo-form.js';
import { type Found, LOOK_MS, type ServerKind } from '../look/server-kind.js';
import { headOf } from '../received.js';

/** One sentence about what was found. It quotes the server; secrets and control characters are struck out later. */
export function foundSentence({ kind, greeting, unasked, passedOn, textEnds, binaryEnds }: Found): string {
  const parts = [
    kindText(kind),
    greeting === null || kind.name === 'protocol' ? null : `it greets each connection (${quoted(greeting.first)})`,
    passedOn === null || kind.name === 'relay' || kind.name === 'protocol'
      ? null
      : `it passes messages on to other clients (${quoted(passedOn)})`,
    unasked === null ||
    unasked.first === passedOn ||
    kind.name === 'pushes' ||
    kind.name === 'relay' ||
    kind.name === 'protocol'
      ? null
      : `messages come unasked (${quoted(unasked.first)})`,
    binaryEnds === null ? null : `a binary message ends the connection (${codeText(binaryEnds)})`,
    textEnds === null ? null : `text that is no JSON ends the connection (${codeText(textEnds)})`,
  ];
  return `${parts.filter((part) => part !== null).join('; ')}.`;
}

function kindText(kind: ServerKind): string {
  switch (kind.name) {
    case 'bot':
      return 'The server speaks the bot protocol of wsurge serve';
    case 'echo':
      return 'The server echoes: every text comes back byte for byte';
    case 'json-echo':
      return `The server echoes JSON${kind.added.length === 0 ? '' : ` and adds ${list(kind.added)}`}; ${sentAs(kind.form)}`;
    case 'wrapped-echo':
      return `The server echoes in words of its own: ${placeText(kind.form)}`;
    case 'binary-echo':
      return 'The server echoes binary messages, and does not answer text';
    case 'by-id':
      return `The server answers each message with its id in "${kind.field}", and does not echo (${quoted(kind.answer)})`;
    case 'answers':
      return `The server answers, and does not echo (${quoted(kind.answer)})`;
    case 'relay':
      return `The server passes messages on to the other clients and does not echo (${quoted(kind.heard)})`;
    case 'pushes':
      return `The server only pushes, about ${kind.perSecond} messages a second (${quoted(kind.first)}), and does not echo`;
    case 'protocol':
      return `The server speaks ${kind.protocol} (${quoted(kind.seen)})`;
    case 'closes':
      return `The server closes every connection at once (${codeText(kind)})`;
    case 'refuses':
      return `The server closes the connection on every message that was tried (${codeText(kind)})`;
    case 'session':
      return sessionText(kind);
    case 'silent':
      return `The server takes messages and answered none within ${formatDuration(LOOK_MS)}`;
  }
}

function sessionText({ protocol, steps, requests, answered }: Extract<ServerKind, { name: 'session' }>): string {
  const speaks = protocol === 'none' ? '' : ` of ${protocol}`;
  const session =
    steps === 0 ? 'The server takes connections' : `The server lets the session${speaks} of the profile in`;
  if (requests.length === 0) return `${session}; the profile has no requests whose replies are matched`;
  const all = formatCounted(requests.length, 'request');
  if (answered.length === requests.length) return `${session}, and answers its ${all}`;
  const silent = requests.filter((name) => !answered.includes(name));
  return `${session}; of its ${all} it did not answer ${list(silent)} as the profile expects`;
}

const MOST_QUOTED = 80;

function quoted(text: string): string {
  return text.length <= MOST_QUOTED ? text : `${headOf(text, MOST_QUOTED)}...`;
}

function sentAs({ envelope }: EchoForm): string {
  return envelope === null ? 'any message comes back' : `asked as ${envelope}`;
}

function placeText({ envelope, carrier }: EchoForm): string {
  const asked = envelope === null ? 'a text' : `the content of ${envelope}`;
  const { path, before, after } = carrier!;
  const around = `${before}...${after}`;
  const words = around === '...' ? '' : ` as ${quoted(around)}`;
  return `${asked} comes back${path.length === 0 ? '' : ` in "${path.join('.')}"`}${words}`;
}

/** `1008 "token missing"`. */
export function codeText({ code, reason }: { readonly code: number; readonly reason: string }): string {
  return reason === '' ? String(code) : `${code} "${reason}"`;
}

const MOST_LISTED = 3;

function list(names: readonly string[]): string {
  const rest = names.length - MOST_LISTED;
  return `${names.slice(0, MOST_LISTED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
