import type { Path } from './document.js';
import { MODEL_KEYS } from './models.js';
import type { RequestSpec, RuleSpec, TalkSpec } from './profile.js';
import { PROTOCOLS } from './protocols.js';
import type { Resolution } from './resolution.js';
import type { TalkUse, TalkWords } from './resolve-talk.js';

const NUMBERED = /\{\{(text:)?sequence\}\}/;

interface FanoutWords {
  readonly words: TalkWords;
  readonly requests: readonly RequestSpec[];
  readonly when: readonly RuleSpec[];
  readonly rooms: number | null;
  readonly senders: number | null;
}

/** How deliveries are judged, with what may be wrong about them; null if no request reaches other connections. */
export function resolveFanout(
  fanout: FanoutWords,
  path: Path,
  use: TalkUse,
  resolution: Resolution,
): NonNullable<TalkSpec['deliver']> | null {
  const { words, requests, when } = fanout;
  const { problems } = resolution;
  const reaching = requests.filter(({ reaches }) => reaches !== undefined);
  const rules = words.word('when');
  for (const [index, rule] of when.entries()) {
    if (rule.means !== 'delivery' || reaching.some(({ name }) => name === rule.name)) continue;
    const message = `names no request that reaches others: ${rule.name}`;
    const hint = `name a request that says reaches: all, room or others`;
    problems.rule({ path: [...rules!.path, index, 'delivers'], message, hint }, [['requests'], [...path, 'requests']]);
  }
  const deliver = words.word('deliver');
  if (reaching.length === 0) {
    if (deliver === null || deliver.path.length === 1) return null;
    const hint = 'say which request reaches others: reaches: all, room or others';
    problems.rule({ path: deliver.path, at: 'key', message: 'stands without a request that reaches others', hint });
    return null;
  }
  for (const [index, request] of requests.entries()) checkReach(request, index, fanout, path, use, resolution);
  return { timeoutMs: deliver?.value.timeout ?? use.reply.timeoutMs };
}

function checkReach(
  { reaches, name, send, to, built, silent }: RequestSpec,
  index: number,
  { words, when, rooms }: FanoutWords,
  path: Path,
  { model, connections, reply }: TalkUse,
  { problems }: Resolution,
): void {
  if (reaches === undefined) return;
  const at = [...words.requests!.path, index];
  const wrong = (message: string, hint: string, restsOn: readonly Path[] = []) =>
    problems.rule({ path: [...at, 'reaches'], at: 'key', message, hint }, restsOn);
  const { name: protocol } = words.protocol;
  if (MODEL_KEYS[model].inFlight) {
    wrong(
      `does not go with model: ${model}`,
      'use model: open with a rate: deliveries count from the intended instant',
    );
  }
  if (reaches === 'room' && rooms === null) {
    wrong('says room, but there are no rooms', 'say how many there are: rooms: 20', [['rooms'], [...path, 'rooms']]);
  }
  const smallest = rooms === null || reaches === 'all' ? connections : Math.floor(connections / rooms);
  if (reaches !== 'all' && smallest < 2) {
    const message = `says ${reaches}, but a room has one connection, which is the sender itself`;
    wrong(message, `use fewer rooms or more connections`, [['rooms'], [...path, 'rooms'], [...path, 'connections']]);
  }
  // A protocol's own number is in the reply, never in what the others get.
  if (built === undefined && !NUMBERED.test(JSON.stringify([to, send]))) {
    wrong('needs {{sequence}} in what is sent, by which deliveries are known', "put it in, e.g. id: '{{sequence}}'");
  }
  // With a protocol the reply to a message looks unlike a push.
  const isRuled = when.some((rule) => rule.means === 'delivery' && rule.name === name);
  const isTold = protocol !== 'none' && PROTOCOLS[protocol].answers;
  if (reaches !== 'others' && reply.match === 'sequence' && silent !== true && !isRuled && !isTold) {
    const message = `says ${reaches}: the sender gets its own message, and nothing tells this delivery from a reply`;
    const hint = `say which messages are deliveries (when: [{ has: '...', delivers: ${name} }]), or reply: none, or reaches: others`;
    wrong(message, hint, [['when'], ['reply']]);
  }
  if (reply.match === 'order') {
    wrong('does not go with match: order: a delivery would pass for a reply', 'match replies by {{sequence}}', [
      ['reply'],
    ]);
  }
}
