import { createHash } from 'node:crypto';
import type { Path } from './document.js';
import { MODEL_KEYS } from './models.js';
import type { Model, ProtocolSpec, ReplySpec, TalkSpec } from './profile.js';
import { PROTOCOLS } from './protocols.js';
import type { Resolution } from './resolution.js';
import { resolveFanout } from './resolve-fanout.js';
import { isUnanswered } from './resolve-protocol.js';
import { resolveRequests } from './resolve-requests.js';
import { resolveRules, resolveSession } from './resolve-session.js';
import { resolveSlow } from './resolve-slow.js';
import type { LoadInput, ProfileInput, ReplyInput } from './schema.js';
import type { TalkScope } from './tokens.js';

/** A word of a load with its place: the load's own, or that of the top level. */
interface Word<T> {
  readonly value: T;
  readonly path: Path;
}

type TalkKey = 'session' | 'when' | 'requests' | 'pick' | 'rooms' | 'senders' | 'deliver' | 'slow' | 'script';

/** The words of one load, before they are checked. */
export class TalkWords {
  readonly protocol: ProtocolSpec;
  readonly #input: ProfileInput;
  readonly #entry: LoadInput;
  readonly #path: Path;

  constructor(protocol: ProtocolSpec, input: ProfileInput, entry: LoadInput, path: Path) {
    this.protocol = protocol;
    this.#input = input;
    this.#entry = entry;
    this.#path = path;
  }

  word<K extends TalkKey>(key: K): Word<NonNullable<LoadInput[K]>> | null {
    const own = this.#entry[key];
    if (own != null) return { value: own as NonNullable<LoadInput[K]>, path: [...this.#path, key] };
    const top = this.#input[key];
    return top == null ? null : { value: top as NonNullable<LoadInput[K]>, path: [key] };
  }

  /** The requests of a load that sends: its own `message` goes before requests of the top level. */
  get requests(): Word<NonNullable<LoadInput['requests']>> | null {
    const requests = this.word('requests');
    const isOwn = this.#entry.requests !== undefined;
    return !isOwn && this.#entry.message !== undefined ? null : requests;
  }

  /** False where requests, of the profile or of a script, take the place of the message. */
  get sendsMessage(): boolean {
    return this.requests === null && this.protocol.name === 'none' && this.word('script') === null;
  }

  /** False if none of the words is used, and no protocol. */
  get areAny(): boolean {
    const keys: TalkKey[] = ['session', 'when', 'requests', 'pick', 'rooms', 'senders', 'slow', 'script'];
    return this.protocol.name !== 'none' || keys.some((key) => this.word(key) !== null);
  }

  /** The tokens of a `message`, which any load may have beside a session. */
  messageScope(): TalkScope {
    const captured = (this.word('session')?.value ?? []).flatMap(({ capture }) => Object.keys(capture ?? {}));
    return {
      ...{ rooms: this.word('rooms') !== null, step: false, isJson: false },
      session: this.word('script') === null ? captured : null,
      sessionHint: 'capture it in a step of the session',
    };
  }
}

export interface TalkUse {
  readonly model: Model;
  /** False if the load never sends. */
  readonly sends: boolean;
  /** The largest number of connections. */
  readonly connections: number;
  /** The number of connections of the smallest cell. */
  readonly fewest: number;
  readonly connectTimeoutMs: number;
  readonly reply: ReplySpec;
}

/** What the connections of one load say and hear; null if the profile has no word about it. */
export function resolveTalk(
  words: TalkWords,
  entry: LoadInput,
  path: Path,
  use: TalkUse,
  resolution: Resolution,
): TalkSpec | null {
  if (!words.areAny) return null;
  const { protocol } = words;
  const hasScript = words.word('script') !== null;
  const rooms = resolveRooms(words, path, use, resolution);
  const timeoutPaths: Path[] = [['connectTimeout'], [...path, 'connectTimeout']];
  const common = { protocol, rooms: rooms !== null, hasScript };
  const steps = words.word('session');
  const session =
    steps === null
      ? []
      : resolveSession(
          steps.value,
          steps.path,
          { ...common, connectTimeoutMs: use.connectTimeoutMs, timeoutPaths },
          resolution,
        );
  const own = PROTOCOLS[protocol.name].captures ?? [];
  const captured = [...own, ...session.flatMap(({ capture }) => Object.keys(capture))];
  const rules = words.word('when');
  const when = rules === null ? [] : resolveRules(rules.value, rules.path, common, captured, resolution);
  const pick = words.word('pick')?.value ?? 'weighted';
  const written = words.requests;
  const requests =
    written === null || !sendsRequests(entry, path, use, resolution)
      ? []
      : resolveRequests(
          written.value,
          written.path,
          { ...common, match: use.reply.match, model: use.model, loadPath: path, pick, captured },
          resolution,
        );
  checkRequests(words, entry, path, use, resolution);
  const senders = resolveSenders(words, path, use, resolution);
  const deliver = resolveFanout({ words, requests, when, rooms }, path, use, resolution);
  const slow = resolveSlow(words, deliver !== null, path, use, resolution);
  return {
    ...{ session, when, requests, pick, rooms, senders },
    ...(deliver === null ? {} : { deliver }),
    ...(slow === null ? {} : { slow }),
    script: resolveScript(words, resolution),
  };
}

/** Requests of the top level leave alone a load that only listens. */
function sendsRequests(entry: LoadInput, path: Path, { model }: TalkUse, { problems }: Resolution): boolean {
  const { noMessage } = MODEL_KEYS[model];
  if (noMessage === null) return true;
  if (entry.requests !== undefined) {
    const at = [...path, 'requests'];
    problems.rule({ path: at, at: 'key', message: `does not go with model: ${model}`, hint: noMessage });
  }
  return false;
}

/** Either requests or a message; with a protocol, requests. */
function checkRequests(
  words: TalkWords,
  entry: LoadInput,
  path: Path,
  { sends }: TalkUse,
  { problems }: Resolution,
): void {
  const requests = words.word('requests');
  const wrong = (at: Path, message: string, hint: string, restsOn: readonly Path[] = []) =>
    problems.rule({ path: at, at: 'key', message, hint }, restsOn);
  if (requests !== null && requests.path.length > 1 && entry.message !== undefined) {
    wrong([...path, 'message'], 'stands beside requests', 'put it into requests, or keep one of them');
  }
  const own = [...path, 'requests'];
  const { name } = words.protocol;
  if (requests === null && words.word('pick') !== null && words.word('script') === null) {
    const hint = 'name the requests to pick from';
    wrong(words.word('pick')!.path, 'stands without requests', hint, [['requests'], own]);
  }
  if (name === 'none' || words.requests !== null || words.word('script') !== null || !sends) return;
  const hint = `e.g. requests: [{ name: ask, ${example(name)} }], or rate: 0 to hold connections silently`;
  wrong(path, `names no requests, which say what is sent with protocol: ${name}`, hint, [
    ...[['requests'], own, ['protocol'], [...path, 'rate'], [...path, 'model']],
  ]);
}

function example(name: ProtocolSpec['name']): string {
  const { to } = PROTOCOLS[name];
  return to === null ? 'send: ...' : 'to: ..., send: ...';
}

function resolveRooms(words: TalkWords, path: Path, use: TalkUse, { problems }: Resolution): number | null {
  const rooms = words.word('rooms');
  if (rooms === null) return null;
  if (rooms.value > use.connections) {
    const message = `is above the number of connections, so that rooms are empty`;
    const hint = `at most ${use.connections}`;
    problems.rule({ path: rooms.path, message, hint }, countPaths(path));
  }
  return rooms.value;
}

function resolveSenders(words: TalkWords, path: Path, use: TalkUse, { problems }: Resolution): number | null {
  const senders = words.word('senders');
  if (senders === null) return null;
  if (senders.value > use.connections) {
    const hint = `at most ${use.connections}`;
    problems.rule({ path: senders.path, message: 'is above the number of connections', hint }, countPaths(path));
  }
  if (!use.sends && senders.path.length > 1) {
    const message = 'says who sends, in a load that sends nothing';
    problems.rule({ path: senders.path, at: 'key', message, hint: 'remove it' }, [
      [...path, 'rate'],
      [...path, 'model'],
    ]);
  }
  return senders.value;
}

function countPaths(path: Path): Path[] {
  return [
    [...path, 'connections'],
    [...path, 'sweep'],
  ];
}

const SCRIPT_NAME = /\.(js|mjs|ts|mts)$/;

function resolveScript(words: TalkWords, resolution: Resolution): TalkSpec['script'] {
  const script = words.word('script');
  if (script === null) return null;
  const { value: file, path } = script;
  const { name } = words.protocol;
  if (PROTOCOLS[name].bytes === true) {
    const hint = 'use session and requests: what a script says is text';
    const message = `does not go with protocol: ${name}, whose messages are bytes`;
    resolution.problems.rule({ path, at: 'key', message, hint }, [['protocol']]);
  }
  if (!SCRIPT_NAME.test(file)) {
    const hint = 'its name ends in .js, .mjs, .ts or .mts';
    resolution.problems.rule({ path, message: 'is not a script', hint });
  }
  const text = resolution.readFile(file, path);
  const sha256 = createHash('sha256')
    .update(text ?? '')
    .digest('hex');
  return { path: resolution.pathOf(file, path), sha256 };
}

/**
 * How replies are matched where a protocol says it, or where requests take the place of one message: a reply is then
 * judged by what it says, never by being an echo.
 */
export function replyOfTalk(
  reply: ReplySpec,
  words: TalkWords,
  written: { readonly top: ReplyInput | undefined; readonly own: ReplyInput | undefined },
  { path, model }: { readonly path: Path; readonly model: Model },
  { problems }: Resolution,
): ReplySpec {
  const { name } = words.protocol;
  const { answers } = PROTOCOLS[name];
  const hasRequests = words.requests !== null || words.word('script') !== null;
  if (name === 'none' && !hasRequests) return checkOrder(reply, words, { problems });
  const refuse = (key: 'match' | 'field' | 'echo', message: string, hint: string) => {
    const own = written.own?.[key] !== undefined;
    if (!own && written.top?.[key] === undefined) return;
    problems.rule({ path: own ? [...path, 'reply', key] : ['reply', key], at: 'key', message, hint }, [['protocol']]);
  };
  if (reply.echo.kind !== 'none') {
    refuse('echo', 'does not go with requests: a reply is no echo', 'say what the reply must hold: expect');
  }
  const echo = { kind: 'none' } as const;
  // What a script says of its requests is not known yet.
  const isSilent =
    words.word('script') === null &&
    words.requests?.value.every((request) => isUnanswered(request, words.protocol)) === true;
  if (name === 'none') {
    return checkOrder({ ...reply, echo, ...(isSilent ? { match: 'none' as const } : {}) }, words, { problems });
  }
  refuse('field', `does not go with protocol: ${name}, which says where the number is`, 'remove it');
  if (!answers && reply.match !== 'none') {
    refuse('match', `does not go with protocol: ${name}, which answers no message`, 'remove it');
  } else if (reply.match === 'order') {
    refuse('match', `does not go with protocol: ${name}, whose replies have numbers`, 'remove it');
  }
  if (!answers && MODEL_KEYS[model].inFlight) {
    const hint = 'use model: open with a rate';
    const message = `waits for replies, which ${name} never gives`;
    problems.rule({ path: [...path, 'model'], at: 'key', message, hint }, [['protocol']]);
  }
  if (
    answers &&
    MODEL_KEYS[model].inFlight &&
    words.requests?.value.some((each) => isUnanswered(each, words.protocol))
  ) {
    const hint = name === 'mqtt' ? 'use qos: 1, or model: open with a rate' : 'use model: open with a rate';
    const message = 'waits for replies, and nothing answers one of the requests';
    problems.rule({ path: [...path, 'model'], at: 'key', message, hint }, [['protocol'], ['requests']]);
  }
  const match = answers && !isSilent ? (reply.match === 'none' ? 'none' : 'sequence') : 'none';
  return { ...reply, match, echo };
}

/** Where replies have no number, expected traffic is a sign that not every message is a reply. */
function checkOrder(reply: ReplySpec, words: TalkWords, { problems }: Pick<Resolution, 'problems'>): ReplySpec {
  const rules = words.word('when');
  const index = rules?.value.findIndex(({ count }) => count !== undefined) ?? -1;
  if (reply.match === 'order' && index >= 0) {
    const hint = 'match replies by {{sequence}}: a message that no rule knows would shift all replies behind it';
    const at = [...rules!.path, index, 'count'];
    problems.rule({ path: at, at: 'key', message: 'does not go with match: order', hint }, [['reply']]);
  }
  return reply;
}
