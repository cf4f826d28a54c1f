import type { ScriptRequest } from './define.js';
import type { AnyScript } from './life.js';

/** What a plan needs to know of a request. Plain data. */
export interface RequestFacts extends Pick<ScriptRequest, 'reaches' | 'reply'> {
  readonly name: string;
  readonly weight: number;
  readonly fresh: boolean;
  /** What its reply must hold, as JSON has it; absent if nothing is asked of it. */
  readonly expect?: unknown;
}

/** What a script has, without its functions: so much passes between threads. */
export interface ScriptFacts {
  readonly requests: readonly RequestFacts[];
}

export function factsOf({ requests = {} }: AnyScript): ScriptFacts {
  return {
    requests: Object.entries(requests).map(([name, { weight = 1, fresh = false, expect, reaches, reply }]) => ({
      ...{ name, weight, fresh },
      ...(expect === undefined ? {} : { expect: JSON.parse(JSON.stringify(expect)) as unknown }),
      ...(reaches === undefined ? {} : { reaches }),
      ...(reply === undefined ? {} : { reply }),
    })),
  };
}
