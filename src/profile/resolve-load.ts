import { formatCount } from '../units.js';
import type { Path } from './document.js';
import { RATE_MAX } from './flag-keys.js';
import { DEFAULT_MODEL, MODEL_KEYS, MODEL_NAMES } from './models.js';
import type { Load, ProtocolSpec, Span } from './profile.js';
import type { Resolution } from './resolution.js';
import { checkChurn, resolveChurn } from './resolve-churn.js';
import { SAY_WHOM } from './resolve-fanout.js';
import { resolveMessage, resolveReply } from './resolve-message.js';
import { needOthers } from './resolve-requests.js';
import { replyOfTalk, resolveTalk, TalkWords } from './resolve-talk.js';
import type { LoadInput, ProfileInput } from './schema.js';

const DEFAULTS = {
  warmupMs: 1000,
  durationMs: 10_000,
  connectRate: 500,
  connectTimeoutMs: 10_000,
  maxInFlight: 65_536,
} as const;
/** The most connections that are counted one by one: 10 MB over all workers. */
const FAIRNESS_MAX = 20_000;
/** Sequence numbers have ten digits. This limit leaves room for uneven arrivals. */
const SEQUENCES_MAX = 8_000_000_000;

/** All loads with their defaults filled in. Names are unique. */
export function resolveLoads(input: ProfileInput, protocol: ProtocolSpec, resolution: Resolution): Load[] {
  checkTopLevel(input, resolution);
  const loads = input.load.map((entry, index) => {
    const words = new TalkWords(protocol, input, entry, ['load', index]);
    return resolveLoad(input, entry, index, words, resolution);
  });
  loads.forEach((load, index) => {
    const first = loads.findIndex((other) => other.name === load.name);
    if (first === index) return;
    const path = ['load', index, 'name'];
    resolution.problems.rule(
      { path, at: 'key', message: `load[${first}] is called "${load.name}" too`, hint: 'names must differ' },
      [['load', first, 'name']],
    );
  });
  checkDeliver(input, loads, resolution);
  return loads;
}

/** How deliveries are judged means nothing where nothing is delivered. */
function checkDeliver({ deliver, load }: ProfileInput, loads: readonly Load[], { problems }: Resolution): void {
  const hasDeliveries = ({ talk }: Load) => talk?.deliver !== undefined;
  const wrong = (path: Path, restsOn: readonly Path[]) =>
    problems.rule(
      { path, at: 'key', message: 'stands without a request that reaches others', hint: SAY_WHOM },
      restsOn,
    );
  if (deliver !== undefined && !loads.some(hasDeliveries)) wrong(['deliver'], [['requests'], ['load'], ['script']]);
  for (const [index, { deliver: own }] of load.entries()) {
    if (own === undefined || hasDeliveries(loads[index]!)) continue;
    wrong(['load', index, 'deliver'], [['requests'], ['load', index, 'requests']]);
  }
}

/** Defaults of which a load can have only one. */
function checkTopLevel({ requests, message }: ProfileInput, { problems }: Resolution): void {
  if (requests === undefined || message === undefined) return;
  const hint = 'put it into requests, or keep one of them';
  problems.rule({ path: ['message'], at: 'key', message: 'stands beside requests', hint });
}

function resolveLoad(
  input: ProfileInput,
  entry: LoadInput,
  index: number,
  words: TalkWords,
  resolution: Resolution,
): Load {
  const path = ['load', index];
  const model = entry.model ?? DEFAULT_MODEL;
  const { connections, rates, ratePer, swept } = resolveAxes(entry, path, resolution);
  const written = { top: input.reply, own: entry.reply };
  const reply = replyOfTalk(resolveReply(input.reply, entry.reply), words, written, { path, model }, resolution);
  const peaks = connections.map((span) => Math.max(span.from, span.to));
  const most = Math.max(...peaks);
  const { noRate, noMessage } = MODEL_KEYS[model];
  const sends = noMessage === null && (noRate !== null || rates.some((span) => span.from > 0 || span.to > 0));
  const connectTimeoutMs = entry.connectTimeout ?? input.connectTimeout ?? DEFAULTS.connectTimeoutMs;
  const load: Load = {
    kind: 'steady',
    name: entry.name ?? (input.load.length === 1 ? 'load' : `load-${index + 1}`),
    model,
    connections,
    rates,
    ratePer,
    swept,
    arrival: entry.arrival ?? 'constant',
    inFlight: entry.inFlight ?? 1,
    thinkMs: entry.think ?? 0,
    message: resolveMessage(
      { value: input.message, path: ['message'] },
      { value: entry.message, path: [...path, 'message'] },
      // Where there are requests, none of it is sent.
      { reply, connections: most, sends: sends && words.sendsMessage, talk: words.messageScope() },
      resolution,
    ),
    reply,
    warmupMs: entry.warmup ?? input.warmup ?? DEFAULTS.warmupMs,
    durationMs: entry.duration ?? input.duration ?? DEFAULTS.durationMs,
    drainMs: entry.drain ?? input.drain ?? reply.timeoutMs,
    connectRate: entry.connectRate ?? input.connectRate ?? DEFAULTS.connectRate,
    connectTimeoutMs,
    maxInFlight: entry.maxInFlight ?? input.maxInFlight ?? DEFAULTS.maxInFlight,
    keepAliveMs: entry.keepAlive ?? input.keepAlive ?? null,
    ...((entry.fairness ?? input.fairness) === true ? { fairness: true } : {}),
    ...resolveChurn(entry.reconnect ?? input.reconnect, entry),
    talk: resolveTalk(
      words,
      entry,
      path,
      { model, sends, connections: most, fewest: Math.min(...peaks), connectTimeoutMs, reply },
      resolution,
    ),
  };
  checkModel(load, entry, path, resolution);
  checkRamps(load, path, resolution);
  checkTotals(load, path, resolution);
  checkChurn(load, input, entry, path, resolution);
  checkNewLives(load, path, resolution);
  checkFairness(load, most, path, resolution);
  return load;
}

/** A new life of a connection has no captured value, and may begin with a request that needs one. */
function checkNewLives({ talk, lifetime, reconnect, events }: Load, path: Path, { problems }: Resolution): void {
  if (talk === null || !needOthers(talk.requests, talk.session)) return;
  if (lifetime === null && reconnect.policy === 'never' && events.length === 0) return;
  const hint = 'capture it in a step of the session, or leave lifetime, reconnect and events out';
  const message = 'need what others capture, and a connection that opens anew during the load has none of it';
  problems.rule({ path: [...path, 'requests'], at: 'key', message, hint }, [['requests']]);
}

/** Of a ramp only seconds are reported, and each connection that is counted by itself takes memory. */
function checkFairness(
  { fairness, connections, rates }: Load,
  most: number,
  path: Path,
  { problems }: Resolution,
): void {
  if (fairness !== true) return;
  const wrong = (message: string, hint: string) =>
    problems.rule({ path: [...path, 'fairness'], at: 'key', message, hint }, [['fairness'], [...path, 'connections']]);
  if ([...connections, ...rates].some(moves)) wrong('does not go with a ramp', 'use a steady load, or drop fairness');
  if (most <= FAIRNESS_MAX) return;
  const message = `counts each of ${formatCount(most)} connections by itself; more than ${formatCount(FAIRNESS_MAX)} take too much memory`;
  wrong(message, 'use fewer connections, or drop fairness');
}

type Axes = Pick<Load, 'connections' | 'rates' | 'ratePer' | 'swept'>;

function resolveAxes(entry: LoadInput, path: Path, { problems }: Resolution): Axes {
  const { sweep } = entry;
  for (const axis of ['connections', 'rate', 'ratePerConnection'] as const) {
    const values = sweep?.[axis];
    if (values !== undefined && entry[axis] !== undefined) {
      problems.rule({
        path: [...path, axis],
        at: 'key',
        message: 'is given beside a sweep of the same axis',
        hint: 'keep one of them',
      });
    }
    const again = values?.findIndex((value, at) => values.indexOf(value) !== at) ?? -1;
    if (again >= 0) problems.rule({ path: [...path, 'sweep', axis, again], message: 'appears twice in the sweep' });
  }
  const either = (axis: 'rate' | 'ratePerConnection') => entry[axis] ?? sweep?.[axis];
  if (either('rate') !== undefined && either('ratePerConnection') !== undefined) {
    const at =
      entry.ratePerConnection === undefined ? [...path, 'sweep', 'ratePerConnection'] : [...path, 'ratePerConnection'];
    problems.rule({ path: at, at: 'key', message: 'stands beside rate', hint: 'keep one of them' });
  }
  if (sweep !== undefined && !sweep.connections && !sweep.rate && !sweep.ratePerConnection) {
    const hint = 'e.g. sweep: { connections: [1, 10, 100] }';
    problems.rule({ path: [...path, 'sweep'], at: 'key', message: 'sweeps nothing', hint }, sweepPaths(path));
  }
  if (entry.connections === undefined && sweep?.connections === undefined) {
    const finding = {
      path: [...path, 'connections'],
      at: 'key' as const,
      message: 'is missing',
      hint: 'say how many, e.g. connections: 100',
    };
    problems.rule(finding, sweepPaths(path));
  }
  const ratePer = either('ratePerConnection') === undefined ? 'total' : 'connection';
  const rateAxis = ratePer === 'total' ? 'rate' : 'ratePerConnection';
  return {
    connections: spans(entry.connections, sweep?.connections) ?? [{ from: 1, to: 1 }],
    rates: spans(entry[rateAxis], sweep?.[rateAxis]) ?? [],
    ratePer,
    swept: [
      ...(sweep?.connections ? (['connections'] as const) : []),
      ...(sweep?.[rateAxis] ? (['rate'] as const) : []),
    ],
  };
}

function sweepPaths(path: Path): Path[] {
  return ['connections', 'rate', 'ratePerConnection'].map((axis) => [...path, 'sweep', axis]);
}

function spans(single: number | Span | undefined, swept: readonly number[] | undefined): Span[] | null {
  if (swept !== undefined) return swept.map((value) => ({ from: value, to: value }));
  if (single === undefined) return null;
  return [typeof single === 'number' ? { from: single, to: single } : single];
}

/** Keys that have no meaning in a model are refused, not ignored. */
function checkModel(load: Load, entry: LoadInput, path: Path, { problems }: Resolution): void {
  const { model } = load;
  const { noRate, noMessage, inFlight } = MODEL_KEYS[model];
  const ratePaths = [[...path, 'rate'], [...path, 'ratePerConnection'], ...sweepPaths(path), [...path, 'model']];
  if (noRate === null && load.rates.length === 0) {
    const hint = 'say how many messages per second, e.g. rate: 100/s; rate: 0 holds the connections silently';
    problems.rule({ path: [...path, 'rate'], at: 'key', message: 'is missing', hint }, ratePaths);
  }
  const refuse = (key: string, given: boolean, hint: string) => {
    if (given)
      problems.rule(
        { path: [...path, ...key.split('.')], at: 'key', message: `does not go with model: ${model}`, hint },
        [[...path, 'model']],
      );
  };
  if (noRate !== null) {
    refuse('rate', entry.rate !== undefined, noRate);
    refuse('ratePerConnection', entry.ratePerConnection !== undefined, noRate);
    refuse('sweep.rate', entry.sweep?.rate !== undefined, noRate);
    refuse('sweep.ratePerConnection', entry.sweep?.ratePerConnection !== undefined, noRate);
    refuse('arrival', entry.arrival !== undefined, noRate);
  }
  if (!inFlight) {
    const home = `it belongs to model: ${MODEL_NAMES.filter((name) => MODEL_KEYS[name].inFlight).join(' or ')}`;
    refuse('inFlight', entry.inFlight !== undefined, home);
    refuse('think', entry.think !== undefined, home);
  }
  if (noMessage !== null) refuse('message', entry.message !== undefined, noMessage);
}

const moves = (span: Span) => span.from !== span.to;

function checkRamps(load: Load, path: Path, { problems }: Resolution): void {
  const connections = load.connections.find(moves);
  if (connections !== undefined && connections.to < connections.from) {
    problems.rule({
      path: [...path, 'connections'],
      at: 'key',
      message: 'a ramp of connections must rise',
      hint: 'swap from and to',
    });
  }
  const rateKey = load.ratePer === 'total' ? 'rate' : 'ratePerConnection';
  const rateMoves = load.rates.some(moves);
  if (load.arrival === 'poisson' && (rateMoves || connections !== undefined)) {
    const hint = 'use arrival: constant, or drop the ramp';
    problems.rule({ path: [...path, 'arrival'], at: 'key', message: 'poisson arrivals need a steady load', hint }, [
      [...path, rateKey],
      [...path, 'connections'],
    ]);
  }
  if (load.ratePer === 'connection' && rateMoves && connections !== undefined) {
    const hint = 'the total would not be linear: give rate: { from, to }';
    problems.rule({ path: [...path, rateKey], at: 'key', message: 'ramps together with connections', hint }, [
      [...path, 'connections'],
    ]);
  }
}

/** Limits on the product of the axes. */
function checkTotals(load: Load, path: Path, { problems }: Resolution): void {
  const highest = (list: readonly Span[]) => Math.max(0, ...list.map((span) => Math.max(span.from, span.to)));
  const each = load.ratePer === 'connection' ? highest(load.connections) : 1;
  const total = highest(load.rates) * each;
  const axis = load.ratePer === 'connection' ? 'ratePerConnection' : 'rate';
  const ratePath = load.swept.includes('rate') ? [...path, 'sweep', axis] : [...path, axis];
  if (total > RATE_MAX) {
    const message = `comes to ${formatCount(total)} messages per second over all connections`;
    problems.rule({ path: ratePath, at: 'key', message, hint: `at most ${formatCount(RATE_MAX)}/s in total` }, [
      [...path, 'connections'],
    ]);
  }
  const messages = (total * (load.warmupMs + load.durationMs)) / 1000;
  if (total <= RATE_MAX && messages > SEQUENCES_MAX) {
    const message = `comes to ${formatCount(messages)} messages, more than ten-digit sequences can number`;
    problems.rule({ path: ratePath, at: 'key', message, hint: 'a shorter duration or a lower rate' }, [
      ['duration'],
      ['warmup'],
      [...path, 'duration'],
      [...path, 'warmup'],
    ]);
  }
}
