import type { ScenarioStatus } from '../../src/check/check.js';
import type { ScenarioResult } from '../../src/check/runner.js';
import { SCENARIOS } from '../../src/check/scenarios.js';
import { mayVary } from '../peers/findings.js';
import { checkServer } from './check-server.js';
import { BROKEN_CASES, HEALTHY_CASES, type ServerCase } from './server-cases.js';

/** Servers checked at a time: most of a check is waiting. */
const LANES = 3;
const MARK: Readonly<Record<ScenarioStatus, string>> = {
  passed: '+',
  failed: 'x',
  error: '!',
  partly: '~',
  skipped: '-',
};

/**
 * All scenarios against every server: healthy ones pass all eight, broken ones all but theirs, for what was skipped shows
 * nothing. Returns the exit code, 0 where it was so.
 */
export async function main(print: (text: string) => void): Promise<number> {
  const queue = [...HEALTHY_CASES, ...BROKEN_CASES];
  const total = queue.length;
  let wrong = 0;
  const lane = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const problems = await problemsOf(next, print);
      if (problems.length > 0) wrong += 1;
      for (const problem of problems) print(`       ${problem}\n`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  print(`${total - wrong} of ${total} servers were found to be what they are\n`);
  return wrong === 0 ? 0 : 1;
}

/** What was found though it is not so, or not found though it is. */
async function problemsOf(server: ServerCase, print: (text: string) => void): Promise<string[]> {
  const { url, stop } = await server.start();
  const results: ScenarioResult[] = [];
  try {
    for (const scenario of SCENARIOS) results.push(await checkServer(scenario, url, server.protocol, server.says));
  } finally {
    await stop();
  }
  const failed = results.filter(({ status }) => status === 'failed');
  const { fails } = server;
  const found = fails === null || failed.some(({ checks }) => failedIds(checks).includes(fails.check));
  const others = failed.filter(({ number }) => number !== fails?.scenario);
  const unknown = results.filter((result) => isUnknown(result) && result.number !== 'security');
  const isRight = found && others.length + unknown.length === 0;
  const marks = results.map(({ number, status }) => `${number}${MARK[status]}`).join(' ');
  print(`${isRight ? 'ok  ' : 'FAIL'} ${server.name}  ${marks}\n`);
  return [
    ...(found ? [] : [`${fails!.check} did not fail`]),
    ...others.flatMap((result) => reasonsIn(result)),
    ...unknown.flatMap(({ number, status, checks }) => [
      `scenario ${number} is ${status}`,
      ...reasonsIn({ checks }, 'error'),
    ]),
  ];
}

/** Nothing or not enough was found out, and this machine is no excuse for it. */
function isUnknown({ status, checks }: ScenarioResult): boolean {
  if (status !== 'error') return status === 'skipped' || status === 'partly';
  return checks.some((check) => check.status === 'error' && !mayVary(check.id, check.status, check.reason));
}

function failedIds(checks: ScenarioResult['checks']): string[] {
  return checks.filter(({ status }) => status === 'failed').map(({ id }) => id);
}

function reasonsIn({ checks }: Pick<ScenarioResult, 'checks'>, status: 'failed' | 'error' = 'failed'): string[] {
  return checks.flatMap((check) => (check.status === status ? [`${check.id} ${check.title}: ${check.reason}`] : []));
}
