/** What the compiler says of requests, as a user of the library meets it. Compiled, never run. */
import { ab, capacity, check, compare, history, type RunRequest, run, startServer } from '../../../src/index.js';

const URL = 'ws://127.0.0.1:9001/';

export async function rightAndWrong(): Promise<void> {
  await using server = await startServer({ engine: 'ws' });
  const { exitCode, result, folder } = await run({
    target: server.url,
    set: { connections: 10, rate: '200/s', duration: '1s', size: { uniform: [10, 20] }, 'load.0.think': '5ms' },
    thresholds: { ws_response_time: ['p(95)<50', { threshold: 'p(99)<1s', gate: false }] },
    onEvent: (event) => {
      if (event.type === 'cell') event.result.connections.held.toFixed();
      else if (event.type === 'warning') event.text.trim();
    },
  });
  const code: 0 | 1 | 98 | 99 | 102 | 103 | 104 | 105 = exitCode;
  const held: readonly number[] = result.cells.map(({ connections }) => connections.held);
  const place: string = folder;
  await run({ target: { target: { url: URL }, load: [{ name: 'a', connections: 1, rate: { from: 1, to: '5/s' } }] } });
  // @ts-expect-error A load needs a target.
  await run({ set: { rate: 5 } });
  // @ts-expect-error No setting has this name.
  await run({ target: URL, set: { duraton: '5s' } });
  // @ts-expect-error A duration is text with a unit.
  await run({ target: URL, set: { duration: 5 } });
  // @ts-expect-error One of three.
  await run({ target: URL, set: { match: 'maybe' } });
  // @ts-expect-error A profile has loads.
  await run({ target: { target: { url: URL } } });
  const search = await capacity({ target: URL, axis: 'rate', max: '5k' });
  const answer: string = search.result.answer.text;
  // @ts-expect-error A search has one SLO in place of thresholds.
  await capacity({ target: URL, thresholds: {} });
  const verdict: string = (await ab({ a: { command: 'x' }, b: { command: 'y' }, target: URL })).result.outcome.word;
  // @ts-expect-error A build is a command or a URL.
  await ab({ a: 'x', target: URL });
  const passed: boolean = (await check({ only: [3, '3.4'] })).result.verdict.passed;
  const compared = await compare({ a: 'x', b: ['y', 'z'], noise: { p99: 0.1 } });
  const method: string = compared.result.method;
  const added: boolean | undefined = (await history({ action: 'add', runs: ['x'] }))[0]?.added;
  const trends: number = (await history({ action: 'check' })).trends.length;
  // @ts-expect-error There is nothing to add.
  await history({ action: 'add' });
  const request: RunRequest = { target: URL };
  void [code, held, place, answer, verdict, passed, method, added, trends, request];
}
