import { readFileSync } from 'node:fs';
import type { Scenario } from '../../src/check/check.js';
import type { ServerProcess } from '../../src/check/context.js';
import { expectationsOf, type Protocol } from '../../src/check/expectations.js';
import { runChecks, type ScenarioResult } from '../../src/check/runner.js';
import { parseProfile } from '../../src/profile/parse.js';

/** Runs one scenario, quickly, against a server that speaks `protocol`; `check` and `reply` as in a profile. */
export async function checkServer(
  scenario: Scenario,
  url: string,
  protocol: Protocol,
  {
    skip = new Set(),
    files = {},
    process = null,
    ...says
  }: {
    readonly check?: object;
    readonly reply?: object;
    readonly target?: object;
    readonly skip?: ReadonlySet<string>;
    /** Texts by the paths that the profile names, in place of real files. */
    readonly files?: Readonly<Record<string, string>>;
    readonly process?: ServerProcess | null;
  } = {},
): Promise<ScenarioResult> {
  const value = { load: [{ connections: 1, rate: 1 }], ...says, target: { url, ...says.target } };
  const { profile } = parseProfile(
    { kind: 'flags', value },
    { env: {}, readText: (path) => files[path] ?? readFileSync(path, 'utf8') },
  );
  const { headers, subprotocols, tls } = profile.target;
  const run = await runChecks({
    scenarios: [scenario],
    skip,
    gentle: false,
    backMs: 200,
    context: {
      endpoint: () => ({ url, address: '127.0.0.1', headers, subprotocols, tls, userAgent: 'wsurge/test' }),
      env: {},
      data: [],
      expects: expectationsOf(profile.check, protocol, null),
      process,
      quick: true,
      seed: 1,
    },
    signal: new AbortController().signal,
    onScenario: () => undefined,
    onCheck: () => undefined,
    onServerEnd: () => undefined,
  });
  return run.scenarios[0]!;
}
