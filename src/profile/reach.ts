/** What may be wrong with a request that reaches other connections, wherever it is written. */
import type { Path } from './document.js';
import { textsIn } from './json-texts.js';
import { MODEL_KEYS } from './models.js';
import type { Match, Model, RequestSpec } from './profile.js';
import { PROTOCOLS, type ProtocolName } from './protocols.js';
import { tokenNames } from './tokens.js';

/** Whom a request may reach. */
export const REACHES = ['all', 'room', 'others'] as const;

/** What matters of the load. */
export interface ReachUse {
  readonly protocol: ProtocolName;
  readonly model: Model;
  /** The largest number of connections of its cells, and the smallest. */
  readonly most: number;
  readonly fewest: number;
  readonly rooms: number | null;
  readonly match: Match;
  /** Names of requests whose deliveries a rule of `when` knows. */
  readonly delivered: readonly string[];
}

export interface ReachProblem {
  readonly message: string;
  readonly hint: string;
  /** Keys of the profile without which nothing can be said. */
  readonly restsOn: readonly ('rooms' | 'connections' | 'when' | 'reply' | 'model' | 'protocol')[];
}

/** Where the keys may stand that a problem rests on. `load`: the place of the load. */
export function restPaths(keys: ReachProblem['restsOn'], load: Path): Path[] {
  return keys.flatMap((key) => [[key], [...load, key], ...(key === 'connections' ? [[...load, 'sweep', key]] : [])]);
}

/** Everything that is wrong with a request as one that reaches others; empty if it reaches nobody. */
export function reachProblems(request: RequestSpec, use: ReachUse): ReachProblem[] {
  if (request.reaches === undefined) return [];
  const checks = [ofModel, ofProtocol, ofRooms, ofNumber, ofOrder, ofReplies];
  return checks.flatMap((check) => check(request, use) ?? []);
}

type Check = (request: RequestSpec, use: ReachUse) => ReachProblem | null;

const ofModel: Check = (_, { model }) => {
  if (!MODEL_KEYS[model].inFlight) return null;
  const hint = 'use model: open with a rate: a delivery is timed from the instant when its message was due';
  return { message: `does not go with model: ${model}`, hint, restsOn: ['model'] };
};

const ofProtocol: Check = ({ reaches }, { protocol }) => {
  if (PROTOCOLS[protocol].toSender !== false || reaches === 'others') return null;
  const message = `says ${reaches}, which includes the sender, but in ${protocol} nobody gets what he sends`;
  return { message, hint: 'say reaches: others', restsOn: ['protocol'] };
};

const ofRooms: Check = ({ reaches }, { rooms, most, fewest }) => {
  if (reaches === 'room' && rooms === null) {
    const hint = 'say how many, e.g. rooms: 20; or reaches: all';
    return { message: 'says room, but the load has no rooms', hint, restsOn: ['rooms'] };
  }
  // Too many rooms are a problem of the rooms.
  if (reaches === 'all' || (rooms ?? 1) > most) return null;
  const inSmallest = Math.floor(fewest / (rooms ?? 1));
  if (inSmallest >= 2) return null;
  if (rooms === null) {
    const message = `says ${reaches}, but with one connection there is nobody but the sender`;
    return { message, hint: 'use more connections', restsOn: ['connections', 'rooms'] };
  }
  const some = inSmallest === 0 ? 'some are empty' : 'one of them has a single connection';
  const message = `says ${reaches}, but of ${rooms} rooms for ${fewest} connections ${some}`;
  const fewer = fewest < 4 ? '' : `at most ${Math.floor(fewest / 2)} rooms, or `;
  return { message, hint: `${fewer}at least ${2 * rooms} connections`, restsOn: ['connections', 'rooms'] };
};

/** Where protocols that have arguments or variables take a number. */
const EXAMPLES: Readonly<Partial<Record<ProtocolName, string>>> = {
  'socket.io': "send: ['{{sequence}}']",
  signalr: "send: ['{{sequence}}']",
  'json-rpc': "send: ['{{sequence}}']",
  'graphql-ws': "send: { query: ..., variables: { id: '{{sequence}}' } }",
};

/** What is delivered is what the sender put in. The id that a protocol adds is for its reply alone. */
const ofNumber: Check = ({ send, built, silent }, { protocol, match }) => {
  const isBare = protocol === 'none';
  // The script is asked when it builds. Where the reply needs the number, this was said already.
  if (built !== undefined || (isBare && match === 'sequence' && silent !== true)) return null;
  if (textsIn(send).some((text) => tokenNames(text).includes('sequence'))) return null;
  const added = isBare ? '' : `; the id that ${protocol} adds does not reach others`;
  const hint = `put it in, e.g. ${EXAMPLES[protocol] ?? "send: { id: '{{sequence}}' }"}${added}`;
  return { message: 'needs {{sequence}} in send, by which deliveries are known', hint, restsOn: ['protocol'] };
};

const ofOrder: Check = (_, { match }) => {
  if (match !== 'order') return null;
  const hint = 'match replies by {{sequence}}';
  return { message: 'does not go with match: order: a delivery would pass for a reply', hint, restsOn: ['reply'] };
};

/** A protocol tells replies from what is pushed, and the number alone tells the messages of others. */
const ofReplies: Check = ({ reaches, name, silent }, { protocol, match, delivered }) => {
  if (match !== 'sequence' || reaches === 'others' || silent === true) return null;
  if (protocol !== 'none' || delivered.includes(name)) return null;
  const message = `says ${reaches}, so the sender gets its own message, and nothing tells it from a reply`;
  const hint = `say reply: none if there is no reply; or what a delivery looks like, e.g. when: [{ has: '"type":"said"', delivers: ${name} }]; or reaches: others`;
  return { message, hint, restsOn: ['when', 'reply'] };
};
