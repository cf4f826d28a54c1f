import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScriptRecorder } from '../../src/metrics/script-recorder.js';

test('what a script names is told once, as it was added', () => {
  const recorder = new ScriptRecorder();
  assert.deepEqual(recorder.drain(), {});
  recorder.heard('tick', 'count');
  recorder.heard('tick', 'count');
  recorder.heard('tick', 'duty');
  recorder.asked('login', 1000);
  const { script } = recorder.drain();
  assert.deepEqual(script!.frames, [
    { name: 'tick', means: 'count', count: 2 },
    { name: 'tick', means: 'duty', count: 1 },
  ]);
  assert.deepEqual(
    script!.asks.map(({ name, us }) => [name, us[1]]),
    [['login', 1]],
  );
  assert.deepEqual(recorder.drain(), {});
});

test('names are bounded: the rest is added up, and nothing is lost', () => {
  const recorder = new ScriptRecorder();
  for (let i = 0; i < 100; i++) {
    recorder.heard(`frame ${i}`, 'count');
    recorder.heard(`frame ${i}`, 'count');
    recorder.asked(`ask ${i}`, 10);
  }
  const { asks, frames } = recorder.drain().script!;
  assert.deepEqual([asks.length, frames.length], [33, 33]);
  assert.equal(frames.at(-1)!.name, '(others)');
  assert.deepEqual([frames.reduce((sum, { count }) => sum + count, 0), frames.at(-1)!.count], [200, 2 * (100 - 32)]);
  assert.deepEqual([asks.at(-1)!.name, asks.at(-1)!.us[1]], ['(others)', 68]);
});
