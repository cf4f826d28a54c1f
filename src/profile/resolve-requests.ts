import { checkValues, MARK } from './check-values.js';
import type { Path } from './document.js';
import { SIZE_MAX_BYTES } from './flag-keys.js';
import { MODEL_KEYS } from './models.js';
import type { JsonValue, Match, Model, ProtocolSpec, RequestSpec, StepSpec } from './profile.js';
import { PROTOCOLS } from './protocols.js';
import { type Resolution, resolveJson } from './resolution.js';
import { checkQos, isUnanswered } from './resolve-protocol.js';
import { checkExpect, checkNames, checkSaid, resolveCapture, resolveWords } from './resolve-session.js';
import type { RequestInput } from './talk-schema.js';
import { fillWith, type TalkScope } from './tokens.js';

export interface RequestsUse {
  readonly protocol: ProtocolSpec;
  readonly match: Match;
  readonly model: Model;
  /** The place of the load. */
  readonly loadPath: Path;
  readonly rooms: boolean;
  readonly hasScript: boolean;
  readonly pick: 'weighted' | 'in turn';
  /** Names that the session captures. */
  readonly captured: readonly string[];
}

/** The kinds of message of a load. */
export function resolveRequests(
  requests: readonly RequestInput[],
  path: Path,
  use: RequestsUse,
  resolution: Resolution,
): RequestSpec[] {
  checkNames(requests, path, 'request', resolution);
  const { problems } = resolution;
  const all = [...use.captured, ...requests.flatMap(({ capture }) => Object.keys(capture ?? {}))];
  const needs: string[][] = [];
  const resolved = requests.map((request, index) => {
    const at = [...path, index];
    const sessionHint = 'capture it in a step of the session, or from the reply to another request';
    const talk = { rooms: use.rooms, step: false, session: use.hasScript ? null : all, sessionHint, isJson: true };
    if (use.pick === 'in turn' && request.weight !== undefined) {
      const hint = 'every request has its turn; for more turns list it again under another name';
      problems.rule({ path: [...at, 'weight'], at: 'key', message: 'does not go with pick: in turn', hint }, [
        ['pick'],
      ]);
    }
    const { spec, names } = resolveRequest(request, at, talk, use, resolution);
    needs.push(names.filter((name) => name.startsWith('session.')).map((name) => name.slice('session.'.length)));
    return spec;
  });
  const isCircular = !use.hasScript && checkCircles(resolved, needs, path, use.captured, resolution);
  if (!isCircular) checkOrder(resolved, needs, path, use, resolution);
  return resolved;
}

function resolveRequest(request: RequestInput, at: Path, talk: TalkScope, use: RequestsUse, resolution: Resolution) {
  const { name, weight = 1, to, send, expect, capture } = request;
  const { problems } = resolution;
  const facts = PROTOCOLS[use.protocol.name];
  const isBare = use.protocol.name === 'none';
  checkSaid({ to, send }, at, use.protocol, resolution);
  if (to === undefined && send === undefined) {
    const key = facts.to === null ? 'send' : 'to';
    const what = facts.to === null ? facts.send : facts.to;
    problems.rule({ path: [...at, key], at: 'key', message: 'is missing', hint: `say what is sent: ${what}` }, [
      ['protocol'],
    ]);
  }
  const isText = isBare && typeof send === 'string';
  const names: string[] = [];
  const part = (key: 'to' | 'send', value: JsonValue | undefined) => {
    if (value === undefined) return {};
    const place = { perMessage: true, talk: { ...talk, isJson: !isText } };
    const part = resolveJson(value, [...at, key], resolution, place);
    names.push(...part.names);
    return { [key]: part.value };
  };
  const said = { ...part('to', to), ...part('send', send) };
  const words = resolveWords(request, at, use.protocol, talk, resolution);
  checkAnswer(request, at, use, resolution);
  checkQos(request.qos, [...at, 'qos'], resolution);
  checkExpect(expect, [...at, 'expect'], isBare, resolution);
  const isSilent = isUnanswered(request, use.protocol);
  if (isBare && send !== undefined && use.match === 'sequence' && !isSilent && !names.includes('sequence')) {
    const hint = "put it in, e.g. id: '{{sequence}}', or say reply: { match: none }";
    const message = 'does not hold {{sequence}}, by which replies are matched';
    problems.rule({ path: [...at, 'send'], at: 'key', message, hint }, [['reply'], ['protocol']]);
  }
  const spec: RequestSpec = {
    ...{ name, weight, ...said },
    ...(expect === undefined ? {} : { expect: expectOfReply(expect, [...at, 'expect'], resolution) }),
    capture: resolveCapture(capture, [...at, 'capture'], resolution),
    ...(request.reaches === undefined ? {} : { reaches: request.reaches }),
    ...(isSilent ? { silent: true } : {}),
    words,
  };
  if (isText) checkText(spec.send as string, [...at, 'send'], resolution);
  if (JSON.stringify(spec.send ?? '').length > SIZE_MAX_BYTES) {
    problems.rule({ path: [...at, 'send'], at: 'key', message: 'is larger than 1 MiB' });
  }
  return { spec, names };
}

/** A text that is JSON must be JSON with every row of the data. */
function checkText(text: string, path: Path, resolution: Resolution): void {
  const isJson = (filled: string) => {
    try {
      JSON.parse(filled);
      return true;
    } catch {
      return false;
    }
  };
  if (!/^\s*[{[]/.test(text) || !isJson(fillWith(text, () => '1000000000'))) return;
  const trouble = (filled: string) =>
    isJson(filled.replaceAll(MARK, '1'))
      ? null
      : { message: 'is not valid JSON', hint: 'write send as a mapping: its values are then escaped' };
  checkValues({ path, text, trouble, harmless: /^[1-9]\d{0,14}$/ }, resolution);
}

/** What is asked of a reply needs a reply that is known to be the one. */
function checkAnswer(request: RequestInput, path: Path, use: RequestsUse, { problems }: Resolution): void {
  const { expect, capture } = request;
  const { name } = use.protocol;
  if (request.reply === 'none') return checkSilent(request, path, use, { problems });
  const { bareReplies = false } = PROTOCOLS[name];
  if (use.match === 'sequence' && !bareReplies) return;
  for (const [key, value] of Object.entries({ expect, capture })) {
    if (value === undefined) continue;
    const isSilent = !PROTOCOLS[name].answers;
    const message = isSilent
      ? `asks for a reply, which ${name} never gives`
      : bareReplies
        ? `asks for what a reply holds, but a reply of ${name} only says that the message arrived`
        : 'needs replies that are matched by number';
    const hint =
      isSilent || bareReplies ? 'remove it, or expect it in a step of the session' : 'say reply: { match: sequence }';
    problems.rule({ path: [...path, key], at: 'key', message, hint }, [['protocol'], ['reply']]);
  }
}

/** A request without a reply has nothing to expect, and nothing that a closed load could wait for. */
function checkSilent(
  { expect, capture }: RequestInput,
  path: Path,
  { model, loadPath, protocol: { name } }: RequestsUse,
  { problems }: Pick<Resolution, 'problems'>,
): void {
  for (const [key, value] of Object.entries({ expect, capture })) {
    if (value === undefined) continue;
    const message = 'asks for a reply, and the request says reply: none';
    problems.rule({ path: [...path, key], at: 'key', message, hint: 'keep one of them' });
  }
  const wrong = (message: string, hint: string, restsOn: Path) =>
    problems.rule({ path: [...path, 'reply'], at: 'key', message, hint }, [restsOn]);
  if (PROTOCOLS[name].answersAll === true) {
    wrong(`says none, but ${name} answers every message`, 'remove it', ['protocol']);
  }
  if (MODEL_KEYS[model].inFlight) {
    wrong(`says none, but model: ${model} waits for replies`, 'use model: open with a rate', [...loadPath, 'model']);
  }
}

/** Replies are judged without asking which connection they came on, so nothing else is filled in. */
function expectOfReply(expect: JsonValue, path: Path, resolution: Resolution): JsonValue {
  const talk = { rooms: true, step: false, session: null, sessionHint: '', isJson: true };
  const { value, names } = resolveJson(expect, path, resolution, { perMessage: true, talk });
  const other = names.find((name) => name !== 'sequence');
  if (other !== undefined) {
    const hint = 'expect what every such reply holds';
    const message = `holds {{${other}}}; what a reply must hold may have {{sequence}} only`;
    resolution.problems.rule({ path, at: 'key', message, hint });
  }
  return value;
}

/**
 * What a request needs must be there or on its way when it is due. Else the time until the next message that brings it
 * would be the plan's, and would be told as the server's.
 */
function checkOrder(
  requests: readonly RequestSpec[],
  needs: readonly (readonly string[])[],
  path: Path,
  { pick, captured }: RequestsUse,
  { problems }: Resolution,
): void {
  const brought = new Set(captured);
  for (const [index, { capture }] of requests.entries()) {
    const missing = needs[index]!.find(
      (name) => !captured.includes(name) && requests.some((request) => Object.hasOwn(request.capture, name)),
    );
    const at = { path: [...path, index], at: 'key' as const };
    if (missing !== undefined && pick !== 'in turn') {
      const message = `needs {{session.${missing}}}, which another request captures: with pick: weighted it may come first`;
      problems.rule({ ...at, message, hint: 'say pick: in turn, and list the request that captures it in front' });
    } else if (missing !== undefined && !brought.has(missing)) {
      const message = `needs {{session.${missing}}}, which is captured by a request behind it`;
      problems.rule({ ...at, message, hint: 'list the request that captures it in front' });
    }
    for (const name of Object.keys(capture)) brought.add(name);
  }
}

/** True if a request needs a value that only the reply to another request brings. */
export function needOthers(requests: readonly RequestSpec[], session: readonly Pick<StepSpec, 'capture'>[]): boolean {
  const bySession = new Set(session.flatMap(({ capture }) => Object.keys(capture)));
  const names = requests.flatMap(({ capture }) => Object.keys(capture)).filter((name) => !bySession.has(name));
  return requests.some(({ to = null, send = null }) => {
    const text = JSON.stringify([to, send]);
    return names.some((name) => text.includes(`session.${name}}}`));
  });
}

/**
 * A request that needs what only its own reply, or that of one which waits for it, would bring is never sent. True if
 * there is one.
 */
function checkCircles(
  requests: readonly RequestSpec[],
  needs: readonly (readonly string[])[],
  path: Path,
  captured: readonly string[],
  { problems }: Resolution,
): boolean {
  const known = new Set(captured);
  const all = new Set([...captured, ...requests.flatMap(({ capture }) => Object.keys(capture))]);
  const left = new Set(requests.keys());
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const index of left) {
      // A name that nothing captures is a problem of its own.
      if (needs[index]!.some((name) => all.has(name) && !known.has(name))) continue;
      for (const name of Object.keys(requests[index]!.capture)) known.add(name);
      left.delete(index);
    }
  }
  for (const index of left) {
    const name = needs[index]!.find((need) => all.has(need) && !known.has(need))!;
    const message = `needs {{session.${name}}}, which is captured only after it was sent`;
    problems.rule({
      path: [...path, index],
      at: 'key',
      message,
      hint: 'capture it in a step, or from another request',
    });
  }
  return left.size > 0;
}
