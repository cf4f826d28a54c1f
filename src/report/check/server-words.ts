/** What a look found out about a server, in words. */
import type { Protocol } from '../../check/expectations.js';
import type { Found, ServerKind } from '../../check/look/server-kind.js';
import type { FoundPart } from '../../documents/check-found.js';

/** What the server is, in few words: `an echo`, `socket.io`, `a feed`. `protocol`: said where nobody looked. */
export function serverWords(found: Pick<Found, 'kind'> | null | undefined, protocol: Protocol): string {
  if (found == null) return `protocol ${protocol}`;
  const { kind } = found;
  if (kind.name === 'session') return kind.protocol === 'none' ? 'a session of its own' : kind.protocol;
  return kind.name === 'protocol' ? kind.protocol : KIND_WORDS[kind.name];
}

const KIND_WORDS: Readonly<Record<Exclude<ServerKind['name'], 'protocol' | 'session'>, string>> = {
  bot: 'protocol bot',
  echo: 'an echo',
  'json-echo': 'an echo of JSON',
  'wrapped-echo': 'an echo in other words',
  'binary-echo': 'an echo of binary messages',
  'by-id': 'answers with the id of each message, no echo',
  answers: 'answers in its own words, no echo',
  relay: 'passes messages on to others, no echo',
  pushes: 'a feed, no echo',
  closes: 'closes every connection',
  refuses: 'closes on every message that was tried',
  silent: 'answers nothing',
};

/** `12 messages came unasked and were set aside; the first: ...`; null where none did. */
export function setAsideText({ setAside }: Pick<FoundPart, 'setAside'>): string | null {
  if (setAside === null) return null;
  const many =
    setAside.count === 1 ? '1 message came unasked and was' : `${setAside.count} messages came unasked and were`;
  return `${many} set aside; the first: ${setAside.first}`;
}
