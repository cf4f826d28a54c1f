import assert from 'node:assert/strict';
import type { Scenario } from '../../../src/check/check.js';
import { CheckContext, type ContextParts } from '../../../src/check/context.js';
import { expectationsOf, withRequests } from '../../../src/check/expectations.js';
import type { Look } from '../../../src/check/look/look.js';
import { lookWithSession } from '../../../src/check/look/look-with-session.js';
import { runChecks, type ScenarioResult } from '../../../src/check/runner.js';
import { Talk } from '../../../src/check/session/talk.js';
import { SetAside } from '../../../src/check/set-aside.js';
import { parseProfile } from '../../../src/profile/parse.js';

/** A server on which clients log in, as a profile. */
export const SAYS = {
  session: [
    {
      name: 'login',
      send: { type: 'login', token: 't{{connection}}' },
      expect: { type: 'welcome' },
      capture: { user: '$.user' },
    },
  ],
  when: [
    { has: '"type":"ping"', send: { type: 'pong' } },
    { has: '"type":"tick"', count: 'tick' },
    { has: '"error":', fails: true },
  ],
  requests: [
    { name: 'order', send: { type: 'order', id: '{{sequence}}', user: '{{session.user}}' }, expect: { ok: true } },
    { name: 'quote', send: { type: 'quote', id: '{{sequence}}' }, expect: { price: 7 } },
  ],
  reply: { field: 'id', timeout: '1s' },
  connectTimeout: '2s',
};

export interface Checked {
  readonly look: Look;
  readonly results: readonly ScenarioResult[];
  readonly setAside: SetAside;
}

/** Looks at the server as `wsurge check` does, then runs these scenarios quickly. `says`: as in a profile. */
export async function checkSession(url: string, scenarios: readonly Scenario[], says: object = SAYS): Promise<Checked> {
  const value = { load: [{ connections: 1, rate: 1 }], ...says, target: { url } };
  const { profile } = parseProfile({ kind: 'flags', value }, { env: {}, readText: () => '' });
  const { target } = profile;
  assert.ok(target.kind === 'url');
  const { headers, subprotocols, tls } = target;
  const talk = Talk.of(profile, {})!;
  const names = talk.asks ? talk.cell.wire.requests.map(({ name }) => name) : null;
  const parts: Omit<ContextParts, 'signal'> = {
    endpoint: () => ({ url: target.url, address: '127.0.0.1', headers, subprotocols, tls, userAgent: 'wsurge/test' }),
    ...{ env: {}, data: [], talk, process: null, quick: true, seed: 1 },
    expects: withRequests(expectationsOf(profile.check, 'echo', null), names),
  };
  const { signal } = new AbortController();
  const looking = new CheckContext({ ...parts, signal });
  const look = await lookWithSession(looking, talk);
  looking.end();
  const setAside = new SetAside(look.unasked);
  const { found } = look;
  const expects = expectationsOf(profile.check, 'echo', null, found);
  const run = await runChecks({
    scenarios,
    ...{ skip: new Set<string>(), gentle: false, backMs: 200, signal },
    context: { ...parts, expects, found, setAside },
    onScenario: () => undefined,
    onCheck: () => undefined,
    onServerEnd: () => undefined,
  });
  return { look, results: run.scenarios, setAside };
}

/** `2.1 ...: why`, of every check with this status. */
export function withStatus(results: readonly ScenarioResult[], status: string): string[] {
  return results.flatMap(({ checks }) =>
    checks.flatMap((check) =>
      check.status === status ? [`${check.id} ${check.title}: ${'reason' in check ? check.reason : ''}`] : [],
    ),
  );
}
