/** What is wrong with a request is told by its own keys, all at once, and before anything is sent. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AbRequest,
  ab,
  type CapacityRequest,
  type CheckRequest,
  type CompareRequest,
  capacity,
  check,
  compare,
  type HistoryRequest,
  history,
  type Problem,
  type RunRequest,
  run,
  WsurgeError,
} from '../../../src/index.js';

const CALLS = {
  run: (request: object) => run(request as RunRequest),
  capacity: (request: object) => capacity(request as CapacityRequest),
  ab: (request: object) => ab(request as AbRequest),
  check: (request: object) => check(request as CheckRequest),
  compare: (request: object) => compare(request as CompareRequest),
  history: (request: object) => history(request as HistoryRequest & { action: 'show' }),
};

const URL = 'ws://127.0.0.1:9/';
const TWO_LOADS = {
  load: [
    { name: 'one', connections: 1, rate: 1 },
    { name: 'two', connections: 1, rate: 1 },
  ],
};

async function errorOf(call: keyof typeof CALLS, request: object): Promise<WsurgeError> {
  try {
    await CALLS[call](request);
  } catch (error) {
    assert.ok(error instanceof WsurgeError, String(error));
    return error;
  }
  assert.fail('it was accepted');
}

const said = (problems: readonly Problem[]) => problems.map(({ where, message }) => `${where}: ${message}`).sort();

describe('a request that cannot be', () => {
  for (const [call, request, ...problems] of [
    ['run', {}, 'target: must be a URL, the name of a profile, or a profile as an object'],
    [
      'run',
      { target: URL, sett: {}, output: 5, strict: 'yes', formats: ['pdf'], signal: 1 },
      'signal: must be an AbortSignal',
      'output: must be text',
      'strict: must be true or false',
      'formats.0: must be one of html, md, junit, csv, hgrm, hlog, json',
      'sett: is no key of this request',
    ],
    ['run', { target: URL, set: { duraton: '1s' } }, 'set.duraton: is no setting'],
    ['run', { target: 'nowhere.yaml' }, 'target: nowhere.yaml cannot be read (ENOENT)'],
    [
      'run',
      { target: URL, set: { duration: '5', rate: 'many', 'reply.timeout': 'soon', headers: { 'a b': 'c' } } },
      'set.duration: "5" has no unit',
      'set.rate: "many" is not a rate',
      'set.reply.timeout: "soon" is not a duration',
      'set.headers.a b: is not a header name',
    ],
    [
      'run',
      { target: URL, thresholds: { ws_response_time: 'p(95)' } },
      'thresholds.ws_response_time: "p(95)" is not a threshold',
    ],
    ['run', { target: URL, only: ['other'] }, 'only: there is no load or cell "other"'],
    ['run', { target: { ...TWO_LOADS, duration: 5 } }, 'target: duration: 5 has no unit'],
    [
      'run',
      { target: TWO_LOADS, set: { rate: 5 } },
      'set.rate: says what a run without a profile does; with a profile it could mean any load',
    ],
    ['run', { target: URL, untilPrecise: { quantile: 'p50', share: 5 } }, 'untilPrecise.share: must be below 1'],
    [
      'capacity',
      { target: URL, axis: 'up', max: true },
      'axis: must be one of connections, subscribers, rate, both',
      'max: must be a number, or text such as 5k or 500/s',
    ],
    ['capacity', { target: URL, max: '-1', slo: 'fast' }, 'max: "-1" is none', 'slo: "fast" is no SLO'],
    ['ab', { a: { command: 'x' } }, 'target: is missing'],
    ['ab', { a: { url: URL }, b: { url: URL } }, 'b: is the same as a: every difference between them would be noise'],
    [
      'ab',
      { a: {}, b: { url: URL }, rounds: 6 },
      'a: must be { command }, { command, folder } or { url }',
      'rounds: must be one of 5, 8, 12, 20',
    ],
    ['check', { target: URL, only: 3 }, 'only: must be a list of numbers and names'],
    ['compare', { a: 'x', b: [] }, 'b: must name a run'],
    ['compare', { a: 'x', b: 'y', noise: 0.1, history: 'h' }, 'noise: and history both say what the noise is'],
    ['history', { action: 'grow' }, 'action: must be one of add, check, show'],
    ['history', { action: 'add', runs: [] }, 'runs: must name a run'],
  ] as const) {
    it(`${call} ${JSON.stringify(request)}`, async () => {
      const error = await errorOf(call, request);
      assert.equal(error.exitCode, 104);
      assert.deepEqual(said(error.problems), [...problems].sort());
    });
  }

  it('is told with what was probably meant', async () => {
    const { problems, message } = await errorOf('run', { target: URL, set: { duraton: '1s' } });
    assert.equal(problems[0]!.hint, 'did you mean "duration"?');
    assert.equal(message, 'run: set.duraton is no setting');
  });

  it('is told without a flag, also where the problem is found later', async () => {
    const later = [
      ['run', { target: { ...TWO_LOADS }, only: ['one/c9'] }],
      ['run', { target: URL, set: { match: 'none' }, untilPrecise: { quantile: 'p50', share: 0.1 } }],
      ['run', { target: URL, set: { model: 'closed' }, nullTwin: true }],
      ['capacity', { target: URL, max: 1 }],
      ['check', { target: URL, only: ['99'] }],
      ['check', { target: URL, only: [3], skip: [3] }],
    ] as const;
    for (const [call, request] of later) {
      const error = await errorOf(call, request);
      assert.equal(error.exitCode, 104, error.message);
      if (error.next?.includes('wsurge ') !== true) assert.doesNotMatch(`${error.message} ${error.next}`, /--[a-z]/);
    }
  });
});
