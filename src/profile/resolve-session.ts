import type { Path } from './document.js';
import { pathOf } from './json-path.js';
import type { JsonValue, ProtocolSpec, RuleSpec, StepSpec } from './profile.js';
import { shapeTrouble } from './protocol-shapes.js';
import { PROTOCOLS } from './protocols.js';
import { type Resolution, resolveJson } from './resolution.js';
import { checkQos } from './resolve-protocol.js';
import type { RuleInput, StepInput } from './talk-schema.js';
import { WORD_NAMES } from './talk-schema.js';
import type { TalkScope } from './tokens.js';

export interface SessionUse {
  readonly protocol: ProtocolSpec;
  readonly connectTimeoutMs: number;
  /** Where `connectTimeout` may have been written. */
  readonly timeoutPaths: readonly Path[];
  readonly rooms: boolean;
  /** True if a script may capture values too. */
  readonly hasScript: boolean;
}

const CAPTURE_NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** The steps of a session, in order. */
export function resolveSession(
  steps: readonly StepInput[],
  path: Path,
  use: SessionUse,
  resolution: Resolution,
): StepSpec[] {
  const captured = new Set<string>(PROTOCOLS[use.protocol.name].captures);
  const resolved = steps.map((step, index) => {
    const spec = resolveStep(step, [...path, index], use, [...captured], resolution);
    for (const name of Object.keys(spec.capture)) captured.add(name);
    return spec;
  });
  checkNames(steps, path, 'step', resolution);
  const waitMs = resolved.reduce((sum, step) => sum + step.waitMs * step.repeat, 0);
  if (waitMs >= use.connectTimeoutMs) {
    const message = `pauses for ${waitMs / 1000} s in all, so no connection is ready within connectTimeout`;
    const hint = `wait less, or raise connectTimeout (${use.connectTimeoutMs / 1000} s)`;
    resolution.problems.rule({ path, at: 'key', message, hint }, use.timeoutPaths);
  }
  return resolved;
}

function resolveStep(
  step: StepInput,
  path: Path,
  use: SessionUse,
  captured: readonly string[],
  resolution: Resolution,
): StepSpec {
  checkStep(step, path, use, resolution);
  const sessionHint = 'capture it in an earlier step';
  const talk: TalkScope = {
    ...{ rooms: use.rooms, step: true, session: use.hasScript ? null : captured, sessionHint },
    isJson: true,
  };
  const part = (key: 'to' | 'send' | 'subscribe' | 'expect') => {
    const value = step[key];
    if (value === undefined) return {};
    const isText = key === 'send' && typeof value === 'string' && use.protocol.name === 'none';
    const place = { perMessage: false, talk: isText ? { ...talk, isJson: false } : talk };
    return { [key]: resolveJson(value, [...path, key], resolution, place).value };
  };
  return {
    name: step.name ?? null,
    ...{ ...part('to'), ...part('send'), ...part('subscribe'), ...part('expect') },
    capture: resolveCapture(step.capture, [...path, 'capture'], resolution),
    ...{ waitMs: step.wait ?? 0, repeat: step.repeat ?? 1, timeoutMs: step.timeout ?? null },
    words: resolveWords(step, path, use.protocol, talk, resolution),
  };
}

/** What a step must have, and what does not go together. */
function checkStep(step: StepInput, path: Path, use: SessionUse, { problems }: Resolution): void {
  const { to, send, subscribe, expect, capture, wait, repeat, timeout } = step;
  const { name: protocol } = use.protocol;
  const facts = PROTOCOLS[protocol];
  const wrong = (key: string, message: string, hint: string) =>
    problems.rule({ path: [...path, key], at: 'key', message, hint }, [['protocol']]);
  const says = to !== undefined || send !== undefined || subscribe !== undefined;
  if (!says && expect === undefined && wait === undefined) {
    const hint = 'give it send, subscribe, expect or wait';
    problems.rule(
      { path, at: 'key', message: 'does nothing', hint },
      [['send'], ['subscribe'], ['expect'], ['wait']].map((keys) => [...path, ...keys]),
    );
  }
  if (subscribe !== undefined && facts.subscribe === null) {
    const others = protocol === 'none' ? 'send the message that subscribes, and expect its answer' : NO_SUBSCRIBE;
    wrong('subscribe', `does not go with protocol: ${protocol}, which has no confirmed subscriptions`, others);
  }
  if (subscribe !== undefined && (to !== undefined || send !== undefined)) {
    wrong('subscribe', `stands beside ${to === undefined ? 'send' : 'to'}`, 'make them two steps');
  }
  checkSaid(step, path, use.protocol, { problems });
  const isConfirmed = says && protocol !== 'none' && (subscribe !== undefined || facts.answers);
  if (capture !== undefined && expect === undefined && !isConfirmed) {
    wrong(
      'capture',
      'stands without expect, so there is nothing to take it from',
      'say what must come: expect: { ... }',
    );
  }
  if (timeout !== undefined && expect === undefined && !isConfirmed) {
    wrong('timeout', 'stands without expect: nothing is waited for', 'say what must come: expect: { ... }');
  }
  if (timeout !== undefined && timeout > use.connectTimeoutMs) {
    const message = 'is above connectTimeout, in which the whole session must be ready';
    const hint = `at most ${use.connectTimeoutMs / 1000}s, or raise connectTimeout`;
    problems.rule({ path: [...path, 'timeout'], at: 'key', message, hint }, use.timeoutPaths);
  }
  if (repeat !== undefined && repeat > 1 && !says) {
    wrong('repeat', 'repeats a step that sends nothing', 'use wait for a pause');
  }
  checkExpect(expect, [...path, 'expect'], protocol === 'none', { problems });
  checkQos(step.qos, [...path, 'qos'], { problems });
}

const NO_SUBSCRIBE = 'send the event or call the method that subscribes, and expect its answer';

type Said = Pick<StepInput, 'to' | 'send' | 'subscribe'>;

/** `to`, `send` and `subscribe` as the protocol has them. */
export function checkSaid(
  { to, send, subscribe }: Said,
  path: Path,
  { name }: ProtocolSpec,
  { problems }: Pick<Resolution, 'problems'>,
): void {
  const facts = PROTOCOLS[name];
  const wrong = (key: string, message: string, hint: string) =>
    problems.rule({ path: [...path, key], at: 'key', message, hint }, [['protocol'], [...path, 'to']]);
  if (to !== undefined && facts.to === null) {
    wrong('to', `does not go with protocol: ${name}`, `put everything into send: ${facts.send}`);
  } else if (to === undefined && send !== undefined && facts.to !== null) {
    wrong('to', 'is missing', `with protocol: ${name} it is the ${facts.to}`);
  }
  for (const [word, value] of Object.entries({ to, send, subscribe })) {
    if (value === undefined || facts[word as keyof Said] === null) continue;
    const trouble = shapeTrouble(name, word as keyof Said, value);
    if (trouble !== null) problems.rule({ path: [...path, word], at: 'key', ...trouble }, [['protocol']]);
  }
}

/** Whether what is expected can ever come. */
export function checkExpect(
  expect: JsonValue | undefined,
  path: Path,
  isBare: boolean,
  { problems }: Pick<Resolution, 'problems'>,
): void {
  if (typeof expect === 'string' && isBare) {
    const hint = 'write { text: ... } for a part of the text';
    problems.rule({ path, at: 'key', message: 'is a text, which is looked for as JSON in quotes', hint });
  }
  if (typeof expect === 'object' && expect !== null && Object.keys(expect).join() === 'text') {
    if ((expect as { readonly text?: JsonValue }).text === '') problems.rule({ path, at: 'key', message: 'is empty' });
  }
}

/** Captures by name, each with a path that can be walked. */
export function resolveCapture(
  capture: Readonly<Record<string, string>> | undefined,
  path: Path,
  { problems }: Resolution,
): Readonly<Record<string, string>> {
  for (const [name, text] of Object.entries(capture ?? {})) {
    const at = { path: [...path, name], at: 'key' as const };
    if (!CAPTURE_NAME.test(name)) {
      const hint = 'letters, digits, _ and -, starting with a letter';
      problems.rule({ ...at, message: 'is no name for a captured value', hint });
    }
    if (pathOf(text) === null) {
      problems.rule({ ...at, message: 'is not a path', hint: 'write it like $.user.id, $.items[0], or $ for all' });
    }
  }
  return capture ?? {};
}

/** The words that only one protocol has. */
export function resolveWords(
  from: Pick<StepInput, (typeof WORD_NAMES)[number]>,
  path: Path,
  { name }: ProtocolSpec,
  talk: TalkScope,
  resolution: Resolution,
): Record<string, JsonValue> {
  const words: Record<string, JsonValue> = {};
  for (const word of WORD_NAMES) {
    const value = from[word];
    if (value === undefined) continue;
    const at = [...path, word];
    if (!PROTOCOLS[name].words.includes(word)) {
      const homes = Object.entries(PROTOCOLS).filter(([, { words: own }]) => own.includes(word));
      const message = `belongs to protocol: ${homes.map(([home]) => home).join(' or ')}`;
      resolution.problems.rule({ path: at, at: 'key', message, hint: 'remove it' }, [['protocol']]);
    }
    words[word] = resolveJson(value, at, resolution, { perMessage: false, talk }).value;
  }
  return words;
}

/** Named things of a list must have names of their own. */
export function checkNames(
  list: readonly { readonly name?: string | undefined }[],
  path: Path,
  noun: string,
  { problems }: Resolution,
): void {
  list.forEach(({ name }, index) => {
    const first = list.findIndex((other) => other.name === name);
    if (name === undefined || first === index) return;
    const message = `${noun} ${first + 1} is called "${name}" too`;
    problems.rule({ path: [...path, index, 'name'], at: 'key', message, hint: 'names must differ' });
  });
}

/** The rules of `when`, in order. `captured`: names that the session captures. */
export function resolveRules(
  rules: readonly RuleInput[],
  path: Path,
  use: Pick<SessionUse, 'protocol' | 'rooms' | 'hasScript'>,
  captured: readonly string[],
  resolution: Resolution,
): RuleSpec[] {
  const sessionHint = 'capture it in a step of the session';
  const session = use.hasScript ? null : captured;
  return rules.map((rule, index) => {
    const at = [...path, index];
    checkRule(rule, at, resolution);
    if (rule.send !== undefined && PROTOCOLS[use.protocol.name].bytes === true) {
      const message = `does not go with protocol: ${use.protocol.name}, whose messages are bytes`;
      const hint = 'count the message; what the protocol itself obliges to is sent without a rule';
      resolution.problems.rule({ path: [...at, 'send'], at: 'key', message, hint }, [['protocol']]);
    }
    const { has, send, count, fails, delivers, name } = rule;
    const isText = typeof send === 'string';
    const talk: TalkScope = { rooms: use.rooms, step: false, session, sessionHint, isJson: !isText };
    return {
      has: typeof has === 'string' ? [has] : has,
      means: delivers !== undefined ? 'delivery' : fails === true ? 'fails' : count === undefined ? 'duty' : 'count',
      name: delivers ?? count ?? name ?? `rule ${index + 1}`,
      ...(send === undefined
        ? {}
        : { send: resolveJson(send, [...at, 'send'], resolution, { perMessage: false, talk }).value }),
    };
  });
}

const MEANINGS = ['send', 'count', 'delivers', 'fails'] as const;

function checkRule(rule: RuleInput, path: Path, { problems }: Resolution): void {
  const given = MEANINGS.filter((key) => rule[key] !== undefined);
  const hint =
    'give one of send: (an obligation), count: NAME (expected traffic), delivers: REQUEST (sent to many) or fails: true ' +
    '(the reply says no)';
  const keys = MEANINGS.map((key) => [...path, key]);
  if (given.length === 0)
    problems.rule({ path, at: 'key', message: 'does not say what such a message means', hint }, keys);
  if (given.length > 1) {
    problems.rule({ path: [...path, given[1]!], at: 'key', message: `stands beside ${given[0]}`, hint }, keys);
  }
  if (rule.fails === false) {
    const remove = 'say fails: true, or remove the rule';
    problems.rule({ path: [...path, 'fails'], at: 'key', message: 'is false, which says nothing', hint: remove });
  }
  for (const key of ['count', 'delivers'] as const) {
    if (rule[key] === undefined || rule.name === undefined) continue;
    problems.rule({ path: [...path, 'name'], at: 'key', message: `stands beside ${key}`, hint: `${key} has the name` });
  }
  const texts = typeof rule.has === 'string' ? [rule.has] : rule.has;
  for (const text of texts) {
    const token = /\{\{\s*(sequence|connection|room|step|(env|data|session)\.[^{}]*)\s*\}\}/.exec(text)?.[0];
    if (token === undefined) continue;
    const fixed = 'name the parts that are the same in every such message';
    const message = `holds ${token}, but rules look for fixed text`;
    problems.rule({ path: [...path, 'has'], at: 'key', message, hint: fixed });
  }
}
