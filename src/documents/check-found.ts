/** What a look at the server found before the checks, as result.json has it. */
import { z } from 'zod';
import type { Found } from '../check/look/server-kind.js';
import { foundSentence } from '../check/outcome/sentence.js';
import type { SetAside } from '../check/set-aside.js';
import { PROTOCOL_NAMES } from '../profile/protocols.js';
import type { InStep } from './frozen.js';

export interface FoundPart extends Found {
  /** One sentence for people. */
  readonly sentence: string;
  /** Messages that nobody asked for, over all checks; they were never taken for a reply. */
  readonly setAside: { readonly count: number; readonly first: string } | null;
  /** How to make more of it checkable; null where a profile says already. */
  readonly next: string | null;
}

const INIT_HINT = 'wsurge check --init profile.yaml URL writes a profile for it, which makes more checkable';

/** `setAside`: null where nothing was. `hasProfile`: the target is that of a profile. */
export function foundPart(
  found: Found,
  setAside: Pick<SetAside, 'count' | 'first' | 'passedOn'> | null,
  hasProfile: boolean,
): FoundPart {
  const first = setAside?.first ?? null;
  const heard = { ...found, passedOn: found.passedOn ?? setAside?.passedOn ?? null };
  return {
    ...heard,
    sentence: foundSentence(heard),
    setAside: setAside === null || first === null ? null : { count: setAside.count, first },
    next: initHint(found, hasProfile),
  };
}

/** One line for a user who named a URL only. */
export function initHint({ kind }: Pick<Found, 'kind'>, hasProfile: boolean): string | null {
  return hasProfile || kind.name === 'bot' ? null : INIT_HINT;
}

const unasked = z.object({ count: z.number(), first: z.string() }).nullable();
const ending = z.object({ code: z.number(), reason: z.string() }).nullable();
const form = z.object({
  envelope: z.string().nullable(),
  carrier: z
    .object({ path: z.array(z.string()), as: z.enum(['json', 'text']), before: z.string(), after: z.string() })
    .nullable(),
  content: z.enum(['json', 'string']),
});
const name = <N extends string>(value: N) => z.literal(value);
const kind = z.discriminatedUnion('name', [
  z.object({ name: name('bot') }),
  z.object({ name: name('echo'), form }),
  z.object({ name: name('json-echo'), form, added: z.array(z.string()) }),
  z.object({ name: name('wrapped-echo'), form }),
  z.object({ name: name('binary-echo') }),
  z.object({ name: name('by-id'), field: z.string(), answer: z.string() }),
  z.object({ name: name('answers'), answer: z.string() }),
  z.object({ name: name('relay'), heard: z.string() }),
  z.object({ name: name('pushes'), first: z.string(), perSecond: z.number() }),
  z.object({
    name: name('protocol'),
    protocol: z.enum(['socket.io', 'engine.io', 'graphql-transport-ws', 'graphql-ws', 'SignalR', 'STOMP', 'MQTT']),
    accepted: z.boolean(),
    seen: z.string(),
  }),
  z.object({ name: name('closes'), code: z.number(), reason: z.string() }),
  z.object({ name: name('refuses'), code: z.number(), reason: z.string() }),
  z.object({ name: name('silent') }),
  z.object({
    name: name('session'),
    protocol: z.enum(PROTOCOL_NAMES),
    steps: z.number().describe('Steps of the session of the profile, those of the protocol included.'),
    requests: z.array(z.string()).describe('Requests of the profile whose replies are matched.'),
    answered: z.array(z.string()).describe('Those of them that were answered as the profile expects.'),
  }),
]);

export const foundSchema = z
  .object({
    sentence: z.string(),
    next: z.string().nullable().describe('How to make more of it checkable; null where a profile says already.'),
    kind,
    greeting: unasked.describe('What every connection is sent when it opens.'),
    unasked: unasked.describe('What came later without being asked for, during the look.'),
    passedOn: z.string().nullable().describe('What one connection had sent and another one heard.'),
    setAside: unasked.describe('Messages that nobody asked for, over all checks; never taken for a reply.'),
    subprotocols: z.array(z.string()).describe('Sub-protocols that the server wants and the profile does not name.'),
    binary: z.boolean().describe('Binary messages come back as they were.'),
    textEnds: ending.describe(
      'How a text that is no JSON ended the connection, where JSON did not; null where it stayed open.',
    ),
    binaryEnds: ending.describe(
      'How a binary message ended the connection, where text did not; null where it stayed open.',
    ),
    slowestReplyMs: z.number().nullable(),
    pongMs: z.number().nullable(),
    closeMs: z.number().nullable().describe('The closing handshake; null where it was not done in time.'),
    tookMs: z.number(),
  })
  .meta({ id: 'Found', description: 'What a look at the server found before the checks.' });

true satisfies InStep<z.infer<typeof foundSchema>, FoundPart>;
