import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Report } from '../../src/fleet/orders.js';
import { ReportQueue } from '../../src/fleet/report-queue.js';
import { packLine } from '../../src/metrics/packed-line.js';
import { lineOf } from './agent-fixture.js';

const line = (number: number) => lineOf(0, number);

function setUp(keptMaxBytes?: number) {
  const sent: Report[] = [];
  const answers: ((answer: 'ok' | 'gone') => void)[] = [];
  const told: string[] = [];
  const queue = new ReportQueue({
    send: (report) => {
      sent.push(report);
      return new Promise((resolve) => answers.push(resolve));
    },
    onGone: () => told.push('gone'),
    onFull: () => told.push('full'),
    ...(keptMaxBytes === undefined ? {} : { keptMaxBytes }),
  });
  /** Whoever waits for an answer has had it. */
  const pass = () => new Promise((resolve) => setImmediate(resolve));
  const workers = () => sent.map((report) => (report.kind === 'lines' ? report.lines.map(({ line }) => line) : []));
  return { queue, sent, answers, told, pass, workers };
}

describe('lines on their way', () => {
  test('wait while four reports have no answer, and then go together', async () => {
    const { queue, answers, pass, workers } = setUp();
    for (let i = 0; i < 7; i++) {
      queue.add(line(i));
      await pass();
    }
    assert.deepEqual(workers(), [[0], [1], [2], [3]]);
    answers[2]!('ok');
    await pass();
    await pass();
    assert.deepEqual(workers(), [[0], [1], [2], [3], [4, 5, 6]]);
  });

  test('the last ones go at once, and their end is awaited', async () => {
    const { queue, sent, answers, pass } = setUp();
    queue.add(line(0));
    await pass();
    queue.add(line(1));
    let reports = -1;
    const finished = queue.finish().then((count) => {
      reports = count;
    });
    assert.equal(sent.length, 2);
    answers[1]!('ok');
    await pass();
    assert.equal(reports, -1, 'the first has no answer');
    answers[0]!('ok');
    await finished;
    assert.equal(reports, 2);
  });

  test('more than there is room for is told once, and what is answered makes room', async () => {
    // Room for two lines.
    const { queue, answers, told, pass } = setUp(2.5 * JSON.stringify(packLine(line(1))).length);
    queue.add(line(1));
    queue.add(line(2));
    await pass();
    answers[0]!('ok');
    await pass();
    queue.add(line(3));
    assert.deepEqual(told, []);
    queue.add(line(4));
    queue.add(line(5));
    queue.add(line(6));
    assert.deepEqual(told, ['full']);
  });

  test('one that nobody wants ends all', async () => {
    const { queue, sent, answers, told, pass } = setUp();
    queue.add(line(1));
    await pass();
    answers[0]!('gone');
    await pass();
    queue.add(line(2));
    await pass();
    assert.deepEqual(told, ['gone']);
    assert.equal(sent.length, 1);
    assert.equal(await queue.finish(), 1);
  });
});
