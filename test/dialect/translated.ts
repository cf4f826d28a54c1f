/** Words of a user, translated and asked: what is sent, and what a message is taken for. */

import { wireOf } from '../../src/dialect/translate.js';
import type { Wire, WireMatch } from '../../src/dialect/wire.js';
import { HeadedMessages } from '../../src/engine/session/headed-messages.js';
import { Match } from '../../src/engine/session/match.js';
import { eachMessage, KeyReader, Rules } from '../../src/engine/session/rules.js';
import { fill, type TokenValues } from '../../src/plan/fill.js';
import type { JsonObject, ProtocolName, RequestSpec, RuleSpec, StepSpec, TalkSpec } from '../../src/profile/profile.js';

function stepWith(changes: Partial<StepSpec>): StepSpec {
  return { name: null, capture: {}, waitMs: 0, repeat: 1, timeoutMs: null, words: {}, ...changes };
}

function requestWith(changes: Partial<RequestSpec>): RequestSpec {
  return { name: 'ask', weight: 1, capture: {}, words: {}, ...changes };
}

export interface Words {
  readonly options?: JsonObject;
  readonly beat?: number | 'off';
  readonly session?: readonly Partial<StepSpec>[];
  readonly when?: readonly RuleSpec[];
  readonly requests?: readonly Partial<RequestSpec>[];
}

export function translated(
  name: ProtocolName,
  { options = {}, beat, session = [], when = [], requests = [] }: Words,
): Wire {
  const talk: TalkSpec = {
    ...{ session: session.map(stepWith), when, requests: requests.map(requestWith) },
    ...{ pick: 'weighted', rooms: null, senders: null, script: null },
  };
  return wireOf({ name, options, beat: beat ?? null }, talk, 'sequence');
}

/** Everything that connection 0 sends, filled in: each step, then message 0 of each request. Null: a step only waits. */
export function sent({ steps, requests }: Wire, values: Partial<TokenValues> = {}): (string | null)[] {
  const filled = (text: string, stepId: number) =>
    fill(text, { connection: 0, env: {}, row: undefined, room: 0, step: 0, stepId, ...values });
  return [
    ...steps.map(({ send }, index) => (send === null ? null : filled(send, index + 1))),
    ...requests.map(({ send }) => filled(send, 0).replaceAll('{{sequence}}', '1000000000')),
  ];
}

/** Whether a message fits what step `number` (from 1) waits for. */
export function fits(match: WireMatch | null, number: number, text: string): boolean {
  const values = { connection: 0, env: {}, row: undefined, stepId: number };
  return (
    match !== null && new Match(match, (part) => fill(part, values)).fits(Buffer.from(text), 0, Buffer.byteLength(text))
  );
}

/** What each message of a frame is taken for: the name of the rule and its meaning, and of replies the number. */
export function takenFor(wire: Wire, frame: string, isBinary = false): string[] {
  const rules = new Rules(wire.rules);
  const key = new KeyReader(wire.key);
  // Behind other bytes and before others, as in the buffer of a read.
  const bytes = Buffer.from(`1${frame}1`);
  const found: string[] = [];
  const take = (from: number, to: number) => {
    const { means, rule } = rules.of(bytes, from, to, isBinary);
    const isReply = means === 'reply' || means === 'fails';
    const name = isReply ? key.read(bytes, from, to) : wire.rules[rule]!.name;
    found.push(`${means} ${name}`);
  };
  const [start, end] = [1, bytes.length - 1];
  if (wire.separator === null) take(start, end);
  else if (wire.separator === 'headed') new HeadedMessages(end).take(bytes, start, end, (_, ...at) => take(...at));
  else eachMessage(wire.separator, bytes, start, end, take);
  return found;
}
