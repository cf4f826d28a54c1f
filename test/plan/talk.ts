import { wireOf } from '../../src/dialect/translate.js';
import type { Wire } from '../../src/dialect/wire.js';
import type { JsonObject, ProtocolSpec, RequestSpec, RuleSpec, StepSpec, TalkSpec } from '../../src/profile/profile.js';

/** Words of a profile for tests; name what differs. */
export interface Words {
  readonly protocol?: ProtocolSpec['name'];
  readonly options?: JsonObject;
  readonly session?: readonly Partial<StepSpec>[];
  readonly when?: readonly RuleSpec[];
  readonly requests?: readonly Partial<RequestSpec>[];
  readonly pick?: TalkSpec['pick'];
  readonly deliver?: TalkSpec['deliver'];
}

function talkOf({ session = [], when = [], requests = [], pick = 'in turn', deliver }: Words): TalkSpec {
  return {
    session: session.map((step) => ({
      ...{ name: null, capture: {}, waitMs: 0, repeat: 1, timeoutMs: null, words: {} },
      ...step,
    })),
    when,
    requests: requests.map((request) => ({ name: 'request', weight: 1, capture: {}, words: {}, ...request })),
    ...{ pick, rooms: null, senders: null, script: null },
    ...(deliver === undefined ? {} : { deliver }),
  };
}

/** The wire of these words, through the dialect. */
export function wireWith(words: Words): Wire {
  const protocol = { name: words.protocol ?? 'none', options: words.options ?? {}, beat: null } as const;
  return wireOf(protocol, talkOf(words), 'id');
}
