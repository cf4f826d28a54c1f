/** From the words of a profile to what goes over the wire. */
import type { JsonObject, ProtocolName, ProtocolSpec, RequestSpec, RuleSpec, TalkSpec } from '../profile/profile.js';
import { actionCable } from './actioncable.js';
import { centrifugo } from './centrifugo.js';
import type { Dialect } from './dialect.js';
import { graphqlWs } from './graphql-ws.js';
import { jsonRpc } from './json-rpc.js';
import { mqtt } from './mqtt.js';
import { messageOf, none } from './none.js';
import { phoenix } from './phoenix.js';
import { pusher } from './pusher.js';
import { signalR } from './signalr.js';
import { socketIo } from './socket-io.js';
import { stomp } from './stomp.js';
import type { Wire, WireRequest, WireRule, WireStep } from './wire.js';

/** `field`: of a reply where no protocol is named. */
type DialectOf = (options: JsonObject, field: string) => Dialect;

const DIALECTS: Readonly<Partial<Record<ProtocolName, DialectOf>>> = {
  none: (_, field) => none(field),
  'json-rpc': jsonRpc,
  'socket.io': socketIo,
  'graphql-ws': graphqlWs,
  ...{ phoenix, pusher, centrifugo, stomp, signalr: signalR, actioncable: actionCable, mqtt },
};

/**
 * What the connections of a load say and hear. `field`: the JSON field of a reply that has the number, where no
 * protocol says where it is.
 */
export function wireOf(protocol: ProtocolSpec, talk: TalkSpec, field: string): Wire {
  const { name, options, beat } = protocol;
  const dialect = DIALECTS[name]!(options, field);
  const own = dialect.opening(options);
  const pushes = talk.deliver === undefined ? [] : (dialect.pushes ?? []);
  return {
    protocol: name,
    steps: [...own, ...numbered(talk.session.map((step) => dialect.step(step, options)))],
    rules: [
      ...talk.when.map((rule) => ruleOf(rule, dialect)),
      ...dialect.rules(options).map((rule) => delivering(beat === 'off' ? idle(rule) : rule, pushes)),
    ],
    requests: talk.requests.map((request) => requestOf(dialect, request, options)),
    pick: talk.pick,
    ...{ separator: dialect.separator, key: dialect.key, beat: beatOf(dialect, beat) },
    ...(dialect.bye === undefined ? {} : { bye: dialect.bye }),
    ...(dialect.binary === undefined ? {} : { binary: dialect.binary }),
    ...(talk.deliver === undefined ? {} : { deliver: talk.deliver }),
    ...(talk.slow === undefined ? {} : { slow: talk.slow }),
    ...{ rooms: talk.rooms, senders: talk.senders, script: talk.script },
  };
}

/** What a script builds is the whole message: no dialect puts an envelope around it. */
function requestOf(dialect: Dialect, request: RequestSpec, options: JsonObject): WireRequest {
  const { built, reaches, silent } = request;
  return {
    ...dialect.request(request, options),
    ...(built === undefined ? {} : { send: '', built }),
    ...(reaches === undefined ? {} : { reaches }),
    ...(silent === undefined ? {} : { silent }),
  };
}

/** A step without a name is called by its place among the user's steps: in messages, `step 2`. */
function numbered(steps: readonly WireStep[]): WireStep[] {
  return steps.map((step, index) => (step.timed ? step : { ...step, name: `${index + 1}` }));
}

function ruleOf({ has, means, name, send }: RuleSpec, { replies }: Dialect): WireRule {
  const match = means === 'fails' ? { ...replies, has } : { has };
  return { name, match, means, send: send === undefined ? null : messageOf(send) };
}

/** An obligation that was switched off is seen and not answered. */
function idle(rule: WireRule): WireRule {
  return rule.means === 'duty' ? { ...rule, send: null } : rule;
}

/** A push may be a delivery; its number tells. */
function delivering(rule: WireRule, pushes: readonly string[]): WireRule {
  if (rule.means !== 'count' || !pushes.includes(rule.name)) return rule;
  return { ...rule, means: 'delivery', otherwise: 'count' };
}

function beatOf({ beat }: Dialect, wanted: ProtocolSpec['beat']): Wire['beat'] {
  if (beat === null || wanted === 'off') return null;
  return wanted === null ? beat : { everyMs: wanted, send: beat.send };
}
