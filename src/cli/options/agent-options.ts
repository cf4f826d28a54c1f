/** The command lines of `agent` and `agents`. */
import { hostname } from 'node:os';
import type { AgentTask } from '../../app/agent.js';
import type { Env } from '../../profile/interpolate.js';
import { ProblemList, quoted } from '../../profile/problem-list.js';
import { resolveLocalAddresses } from '../../profile/resolve-addresses.js';
import { parseCount, parseDurationMs, parseRatePerSecond } from '../../units.js';
import { AGENT, AGENTS, USUAL_FLEET } from '../flags/agent.js';
import { type FlagValues, readFlags } from './flag-values.js';

type Argv = Readonly<Record<string, unknown>>;

export interface AgentsRequest {
  readonly nats: string | undefined;
  readonly fleet: string;
  readonly json: boolean;
}

/** Throws WsurgeError (104) with every problem. */
export function agentTask(argv: Argv, env: Env): AgentTask {
  const values = readFlags(AGENT, argv, env);
  const task: AgentTask = {
    nats: brokerOf(values),
    fleet: nameOf(values, 'fleet') ?? USUAL_FLEET,
    ...named(values),
    labels: labelsOf(values),
    once: values.isOn('once'),
    idleTimeoutMs: read(values, 'idle-timeout', parseDurationMs, 'a duration: 10m, 90s'),
    workers: read(values, 'workers', atLeastOne, 'a count from 1'),
    maxConnections: read(values, 'max-connections', atLeastOne, 'a count from 1: 1000, 5k'),
    maxRate: read(values, 'max-rate', parseRatePerSecond, 'a rate: 1000/s, 5k/s'),
    allowedTargets: values.list('allow-target').map(({ value, origin }) => hostOf(values, value, origin)),
    localAddresses: localAddressesOf(values),
    keep: values.text('keep')?.value ?? null,
  };
  values.throwIfWrong();
  return task;
}

/** Throws WsurgeError (104) with every problem. */
export function agentsRequest(argv: Argv, env: Env): AgentsRequest {
  const values = readFlags(AGENTS, argv, env);
  const request = {
    nats: brokerOf(values),
    fleet: nameOf(values, 'fleet') ?? USUAL_FLEET,
    json: values.isOn('json'),
  };
  values.throwIfWrong();
  return request;
}

/** Everybody on a machine can read the flags of a process. */
export function brokerOf<Name extends string>(values: FlagValues<Name | 'nats'>): string | undefined {
  const given = values.text('nats');
  if (given === null) return undefined;
  if (given.value.includes('@')) {
    values.refuse(given.origin, 'holds a user or a password', 'set NATS_USER and NATS_PASSWORD, or NATS_CREDS');
  }
  return given.value;
}

/** Names are parts of subjects. */
const IS_NAME = /^[A-Za-z0-9_-]{1,48}$/;

/** The agent's name. Services name agents by their hosts, and those have dots. */
function named(values: FlagValues<'name'>): Pick<AgentTask, 'name' | 'notes'> {
  const given = values.text('name')?.value ?? null;
  const dashed = given?.replaceAll('.', '-') ?? '';
  if (given === null || dashed === given || !IS_NAME.test(dashed)) {
    return { name: nameOf(values, 'name') ?? nameOfHost(), notes: [] };
  }
  return { name: dashed, notes: [`names have no dots: ${given} is called ${dashed}`] };
}

/** `--allow-target` takes a host, as in a URL, and no URL. */
function hostOf(values: FlagValues<'allow-target'>, text: string, origin: string): string {
  if (/^[^/\s@]+$/.test(text) && !text.includes('://')) return text;
  const host = URL.canParse(text) ? new URL(text).hostname : '';
  values.refuse(origin, `${quoted(text)} is no host`, host === '' ? 'e.g. shop.example' : `write ${host}`);
  return text;
}

function nameOf<Name extends string>(values: FlagValues<Name>, flag: Name & ('fleet' | 'name')): string | null {
  const given = values.text(flag);
  if (given === null) return null;
  if (IS_NAME.test(given.value)) return given.value;
  values.refuse(given.origin, `${quoted(given.value)} is no name`, 'at most 48 letters, digits, "-" and "_"');
  return null;
}

function nameOfHost(): string {
  return (
    hostname()
      .replace(/[^A-Za-z0-9_-]/g, '-')
      .slice(0, 48) || 'agent'
  );
}

function labelsOf(values: FlagValues<'label'>): Record<string, string> {
  const labels = values.list('label').flatMap(({ value, origin }) => {
    const at = value.indexOf('=');
    if (at >= 1) return [[value.slice(0, at), value.slice(at + 1)] as const];
    values.refuse(origin, `${quoted(value)} is not a label`, 'write it like --label region=eu');
    return [];
  });
  return Object.fromEntries(labels);
}

function localAddressesOf(values: FlagValues<'local-addresses'>): readonly string[] {
  const written = values.list('local-addresses').map(({ value }) => value);
  const problems = new ProblemList();
  const addresses = resolveLocalAddresses(written, problems);
  const where = { where: '--local-addresses', covers: 2 };
  for (const problem of problems.toProblems({ localAddresses: written }, () => where, [])) {
    values.refuse(problem.where, problem.message, problem.hint);
  }
  return addresses;
}

function atLeastOne(text: string): number | null {
  const count = parseCount(text);
  return count !== null && Number.isSafeInteger(count) && count >= 1 ? count : null;
}

/** The value of a flag; null where it was not given, or is refused. */
function read<Name extends string>(
  values: FlagValues<Name>,
  flag: Name,
  parse: (text: string) => number | null,
  hint: string,
): number | null {
  const given = values.text(flag);
  if (given === null) return null;
  const value = parse(given.value);
  if (value !== null && value > 0) return value;
  values.refuse(given.origin, `${quoted(given.value)} is none`, hint);
  return null;
}
