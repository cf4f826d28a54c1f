import { type Problem, profileError, type WsurgeError } from '../errors.js';
import { suggest } from '../profile/did-you-mean.js';
import { REACHES } from '../profile/reach.js';
import type { AnyScript } from './life.js';

/** As many as a load may have, for each has counters and histograms of its own. */
export const REQUESTS_MAX = 16;
const PARTS = ['open', 'requests', 'onFrame'];
const REQUEST_PARTS = ['weight', 'build', 'expect', 'fresh', 'reaches', 'reply'];
/** What people may look for, and what to do without it. */
const LATER: Readonly<Record<string, string>> = {
  before: 'log in over HTTP before the run, and put the tokens into the data',
};
const NAME = /^[A-Za-z][\w.-]{0,63}$/;

type Fields = Readonly<Record<string, unknown>>;

/** What a module exports, if it is a script. Throws WsurgeError (104) with everything that is wrong with it. */
export function checkScript(name: string, exported: unknown): AnyScript {
  const problems = problemsOf(exported);
  if (problems.length === 0) return exported as AnyScript;
  throw scriptError(name, problems);
}

function scriptError(name: string, problems: readonly Problem[]): WsurgeError {
  return profileError(problems.map((problem) => ({ ...problem, where: `${name}: ${problem.where}` })));
}

function problemsOf(script: unknown): Problem[] {
  if (!isFields(script)) {
    const hint = 'write `export default defineScript({ ... })`';
    return [{ where: 'default export', message: 'is no script', hint }];
  }
  const problems = unknownKeys(script, PARTS, '');
  for (const part of ['open', 'onFrame']) {
    if (script[part] !== undefined && typeof script[part] !== 'function') {
      problems.push({ where: part, message: 'is no function' });
    }
  }
  const { requests } = script;
  if (requests !== undefined && !isFields(requests)) {
    problems.push({ where: 'requests', message: 'is no object', hint: 'write `requests: { name: { build } }`' });
  } else if (requests !== undefined) problems.push(...requestProblems(requests));
  if (PARTS.every((part) => script[part] === undefined)) {
    problems.push({ where: 'default export', message: 'does nothing', hint: `give it one of ${PARTS.join(', ')}` });
  }
  return problems;
}

function requestProblems(requests: Fields): Problem[] {
  const entries = Object.entries(requests);
  const problems = entries.flatMap(([name, request]) => problemsOfRequest(name, request));
  if (entries.length === 0) problems.push({ where: 'requests', message: 'has none', hint: 'leave it out' });
  if (entries.length > REQUESTS_MAX) {
    problems.push({ where: 'requests', message: `has ${entries.length}, ${REQUESTS_MAX} are allowed` });
  }
  return problems;
}

function problemsOfRequest(name: string, request: unknown): Problem[] {
  const where = `requests.${name}`;
  if (!isFields(request))
    return [{ where, message: 'is no object', hint: 'write `{ weight: 1, build(chat, m) { ... } }`' }];
  const problems = unknownKeys(request, REQUEST_PARTS, `${where}.`);
  if (!NAME.test(name)) {
    problems.push({ where, message: 'is no name', hint: 'up to 64 letters, digits and _ . -, a letter first' });
  }
  if (typeof request['build'] !== 'function') problems.push({ where: `${where}.build`, message: 'is no function' });
  const { weight = 1, fresh = false } = request;
  if (typeof weight !== 'number' || !Number.isFinite(weight) || weight <= 0) {
    problems.push({ where: `${where}.weight`, message: 'is no number above 0' });
  }
  if (typeof fresh !== 'boolean') problems.push({ where: `${where}.fresh`, message: 'is neither true nor false' });
  const { reaches, reply } = request;
  if (reaches !== undefined && !REACHES.some((whom) => whom === reaches)) {
    problems.push({ where: `${where}.reaches`, message: 'says no such thing', hint: `one of ${REACHES.join(', ')}` });
  }
  if (reply !== undefined && reply !== 'none') {
    problems.push({ where: `${where}.reply`, message: 'says no such thing', hint: "'none', or leave it out" });
  }
  if (reply === 'none' && request['expect'] !== undefined) {
    const message = 'asks for a reply, and the request says reply: none';
    problems.push({ where: `${where}.expect`, message, hint: 'keep one of them' });
  }
  return problems;
}

function unknownKeys(fields: Fields, known: readonly string[], prefix: string): Problem[] {
  return Object.keys(fields)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const where = `${prefix}${key}`;
      const later = LATER[key];
      if (later !== undefined) return { where, message: 'is not known in this version', hint: later };
      return { where, message: 'is not known', hint: suggest(key, known) };
    });
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
