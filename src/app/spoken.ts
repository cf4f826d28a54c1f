/** What a run would put on the wire, for `--dry-run`: connection 0 of each cell stands for all. Nothing is sent. */

import { legible } from '../dialect/legible.js';
import type { WireCapture, WireRequest, WireStep } from '../dialect/wire.js';
import { filledMatch, matchWords } from '../engine/session/transcript.js';
import { type Planned, plannedByRequest, plannedDeliveries } from '../metrics/planned.js';
import { type Cell, hasChurn, peakConnections, sendingConnections } from '../plan/cell.js';
import { sends } from '../plan/cells.js';
import { fanoutOf, membersOf } from '../plan/fanout.js';
import { fill, type TokenValues } from '../plan/fill.js';
import { fillBytes } from '../plan/fill-bytes.js';
import { mixOf } from '../plan/mix.js';
import { MODELS } from '../plan/models.js';
import { payloadSource } from '../plan/payload.js';
import { plannedMessages } from '../plan/plan.js';
import { sequenceOf } from '../plan/sequence.js';
import type { Env } from '../profile/interpolate.js';
import type { ParsedProfile } from '../profile/profile.js';
import { envTokens } from '../profile/tokens.js';
import type { Spoken, SpokenRequest, SpokenStep } from '../report/run/plan-summary.js';
import { transcribedWords } from './foreign-words.js';

/** Characters of one message that are shown. */
const MOST_CHARACTERS = 2000;
/** To count more messages than this, one by one, would take long. */
const MOST_COUNTED = 20_000_000;
/** How many messages of connection 0 are looked through for the first one of a request. */
const MOST_LOOKED_AT = 100_000;

/** `cells`: of a plan of the profile, in its order. Null for those that have nothing to say beside a message. */
export function spokenBy(parsed: ParsedProfile, cells: readonly Cell[], env: Env): (Spoken | null)[] {
  const { profile } = parsed;
  const row = profile.data[0];
  const words = transcribedWords(parsed);
  const printable = (text: string) => words(text, MOST_CHARACTERS, row ?? {});
  const values = { connection: 0, env: envTokens(profile, env), row };
  return cells.map((cell) =>
    cell.wire === undefined ? null : spoken(cell, { ...values, room: roomOf(cell) }, printable),
  );
}

/** Connection 0 is in room 0. */
function roomOf({ wire }: Cell): number | undefined {
  return wire?.rooms == null ? undefined : 0;
}

type Printable = (text: string) => string;

function spoken(cell: Cell, values: TokenValues, printable: Printable): Spoken {
  const { steps, requests, protocol, pick, script } = cell.wire!;
  return {
    ...{ protocol, pick, hasScript: script !== null },
    steps: stepsOf(steps, cell.wire!.binary !== undefined, values, printable),
    requests: requests.length > 0 ? requestsOf(cell, requests, values, printable) : messageOf(cell, values, printable),
  };
}

function stepsOf(
  steps: readonly WireStep[],
  isBytes: boolean,
  values: TokenValues,
  printable: Printable,
): SpokenStep[] {
  let stepId = 1;
  return steps.map(({ name, send, expect, captures, waitMs, repeat }) => {
    const at = { ...values, step: 0, stepId };
    const filled = filling(at);
    const sent = isBytes ? bytesFilling(at, '') : filled;
    stepId += repeat;
    return {
      name,
      sends: send === null ? null : printable(sent(send)),
      expects: expect === null ? null : printable(matchWords(filledMatch(expect, filled))),
      captures: namesOf(captures),
      ...{ waitMs, repeat },
    };
  });
}

function requestsOf(
  cell: Cell,
  requests: readonly WireRequest[],
  values: TokenValues,
  printable: Printable,
): SpokenRequest[] {
  const planned = plannedOf(cell);
  const deliveries = planned === null ? null : plannedDeliveries(cell);
  return requests.map(({ name, weight, send, built, expect, captures, silent }, request) => {
    const sequence = sequenceOf(0, firstOrdinal(cell, request), peakConnections(cell));
    const filled = (text: string) => filling(values)(text).replaceAll('{{sequence}}', String(sequence));
    const sent = cell.wire!.binary === undefined ? filled : bytesFilling(values, String(sequence));
    return {
      ...{ name, weight, sends: built === undefined ? printable(sent(send)) : null },
      expects: expect === null ? null : printable(matchWords(filledMatch(expect, filled))),
      captures: namesOf(captures),
      planned: planned?.requests[request] ?? null,
      ...(silent === undefined ? {} : { silent }),
      ...reachOf(cell, request, deliveries),
    };
  });
}

/** Whom a request reaches; nothing if it is not sent to many. */
function reachOf(cell: Cell, request: number, deliveries: readonly Planned[] | null): Pick<SpokenRequest, 'reaches'> {
  const fanout = fanoutOf(cell);
  const whom = fanout?.reach[request] ?? null;
  if (fanout === null || whom === null) return {};
  // Rooms differ by one connection at most: the first is the largest, and the last one that has a sender the smallest.
  const last = Math.min(fanout.rooms ?? 1, sendingConnections(cell)) - 1;
  const members = [last, 0].map((publisher) => membersOf(fanout, request, publisher, peakConnections(cell)));
  const [fewest, most] = [members[0]!, members[1]!];
  const isInRooms = fanout.rooms !== null;
  const isAtMost = cell.connections.from !== cell.connections.to || hasChurn(cell);
  return { reaches: { whom, isInRooms, isAtMost, fewest, most, deliveries: deliveries?.[request] ?? null } };
}

/** The one kind of message of a load that names no requests. */
function messageOf(cell: Cell, values: TokenValues, printable: Printable): SpokenRequest[] {
  if (!sends(cell) || cell.wire!.protocol !== 'none' || cell.wire!.script !== null) return [];
  const { message, seed, wire } = cell;
  const { env, row } = values;
  const data = row === undefined ? [] : [row];
  const source = payloadSource({ message, seed, env, data, connections: peakConnections(cell), rooms: wire!.rooms });
  const sent = source.bytes(0, 0).toString(source.text ? 'utf8' : 'latin1');
  const planned = plannedOf(cell)?.all ?? null;
  return [{ name: 'message', weight: 1, sends: printable(shown(sent)), expects: null, captures: [], planned }];
}

/** Exact, for all connections; null where replies set the pace, or where there are too many to be counted here. */
function plannedOf(cell: Cell) {
  if (MODELS[cell.model].pacedBy !== 'plan' || plannedMessages(cell) > MOST_COUNTED) return null;
  return plannedByRequest(cell, 0, 1);
}

/** The first message of connection 0 that is this request; 0 if none of its first ones is. */
function firstOrdinal(cell: Cell, request: number): number {
  const mix = mixOf(cell)!;
  for (let ordinal = 0; ordinal < MOST_LOOKED_AT; ordinal++) if (mix(0, ordinal) === request) return ordinal;
  return 0;
}

/** Names with a dot are the protocol's own: no profile can use them. */
function namesOf(captures: readonly WireCapture[]): string[] {
  return captures.map(({ name }) => name).filter((name) => !name.includes('.'));
}

function filling(values: TokenValues): (text: string) => string {
  return (text) => shown(fill(text, values));
}

/** The same where messages are bytes. `{{id}}` stays: it depends on how many messages are in flight at most. */
function bytesFilling(values: TokenValues, sequence: string): (template: string) => string {
  return (template) =>
    shown(legible(Buffer.from(fillBytes(template, values).replaceAll('{{sequence}}', sequence), 'latin1')));
}

/** What is known only once the server has said it stays a token, as the user wrote it: `{{session.id}}`. */
function shown(text: string): string {
  return text.replaceAll(/\{\{(?:header|[vt]\d):([^{}]*)\}\}/g, '{{$1}}');
}
