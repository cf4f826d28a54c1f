/** What the agents of a run found on their way to its target: each its own canary, together one way. */
import type { MachineCanary } from '../coordinator/canary.js';
import { followed, type Hop } from '../coordinator/redirect.js';
import { EXIT, usageError, WsurgeError } from '../errors.js';
import type { Endpoint } from '../plan/cell.js';
import { redactUrl } from '../profile/redact.js';
import { fewNames } from '../units.js';
import type { Reached } from './orders.js';

/** The answer of one agent. */
interface Answer {
  /** Its name. */
  readonly agent: string;
  readonly reached: unknown;
}

export interface WayOfAll {
  /** Where redirects led. */
  readonly endpoint: Endpoint;
  readonly hops: readonly Extract<Hop, { kind: 'to' }>[];
  /** All addresses that any agent goes to. */
  readonly addresses: readonly string[];
  readonly canaries: readonly MachineCanary[];
  /** What a user should know, one sentence each, with the agents that say it. */
  readonly notes: readonly string[];
}

/** Throws WsurgeError 104 if an answer is none, or if redirects lead agents to different places. */
export function wayOfAll(answers: readonly Answer[], endpoint: Endpoint): WayOfAll {
  const byName = [...answers].sort((one, other) => (one.agent < other.agent ? -1 : 1));
  const ways = byName.map(({ agent, reached }) => {
    if (!isReached(reached)) {
      throw usageError('bad_answer', `agent ${agent} answers what is none`, 'use the same version of wsurge on both');
    }
    return { agent, reached, hops: hopsFrom(endpoint, reached.redirects) };
  });
  const urlOf = ({ hops }: (typeof ways)[number]) => hops.at(-1)?.endpoint.url ?? endpoint.url;
  if (new Set(ways.map(urlOf)).size > 1) throw scattered(ways.map((way) => [way.agent, redactUrl(urlOf(way))]));
  const { hops } = ways[0]!;
  return {
    endpoint: hops.at(-1)?.endpoint ?? endpoint,
    hops,
    addresses: [...new Set(ways.flatMap(({ reached }) => reached.addresses))],
    canaries: ways.map(({ agent, reached }) => ({ agent, report: reached.canary })),
    notes: notesOf(ways),
  };
}

/** The redirects once more, from what the servers wrote: an agent does not say which headers go where. */
function hopsFrom(endpoint: Endpoint, locations: readonly string[]): Extract<Hop, { kind: 'to' }>[] {
  const asked = [endpoint.url];
  const hops: Extract<Hop, { kind: 'to' }>[] = [];
  for (const location of locations) {
    const refusal = { location, message: 'the target redirects agents', next: 'name the last URL as the target' };
    hops.push(followed(refusal, hops.at(-1)?.endpoint ?? endpoint, asked));
  }
  return hops;
}

function scattered(places: readonly (readonly [agent: string, url: string])[]): WsurgeError {
  return new WsurgeError(EXIT.usage, 'redirects_differ', 'redirects lead the agents to different places', {
    problems: places.map(([agent, url]) => ({ where: `agent ${agent}`, message: `is led to ${url}` })),
    next: 'name one of these as the target, without --follow-redirects',
  });
}

function notesOf(ways: readonly { readonly agent: string; readonly reached: Reached }[]): string[] {
  const by = new Map<string, string[]>();
  for (const { agent, reached } of ways) {
    for (const note of reached.notes) by.set(note, [...(by.get(note) ?? []), agent]);
  }
  return [...by].map(([note, agents]) => `agent${agents.length === 1 ? '' : 's'} ${fewNames(agents)}: ${note}`);
}

/** Anybody on the bus may answer. */
function isReached(value: unknown): value is Reached {
  if (!isObject(value)) return false;
  const { addresses, redirects, notes, canary } = value;
  return [addresses, redirects, notes].every(isTexts) && isObject(canary) && isReport(canary);
}

function isReport({ tcpUs, tlsUs, upgradeUs, sessionUs, replyUs, requests, subprotocol }: Fields): boolean {
  const isNumber = (number: unknown) => typeof number === 'number';
  const isAsked =
    requests === null || (isObject(requests) && isNumber(requests['sent']) && isNumber(requests['silent']));
  const isAnswered = !isObject(requests) || requests['answered'] === null || isNumber(requests['answered']);
  return (
    [tcpUs, upgradeUs].every(isNumber) &&
    [tlsUs, sessionUs, replyUs].every((us) => us === null || isNumber(us)) &&
    isAsked &&
    isAnswered &&
    typeof subprotocol === 'string' &&
    /^[!-~]*$/.test(subprotocol)
  );
}

type Fields = Readonly<Record<string, unknown>>;

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
