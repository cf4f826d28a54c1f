import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdleCollector } from '../../src/server/idle-collector.js';

function collector() {
  const activity = { opened: 0, messages: 0 };
  let collections = 0;
  const idle = new IdleCollector(
    () => ({ ...activity }),
    () => {
      collections++;
    },
  );
  const look = (times: number) => {
    for (let i = 0; i < times; i++) idle.look();
    return collections;
  };
  return { activity, look };
}

test('collects once after connections came and then nothing more', () => {
  const { activity, look } = collector();
  activity.opened = 10;
  assert.equal(look(3), 0);
  assert.equal(look(1), 1);
  assert.equal(look(50), 1);
});

test('not while messages come, and not in the pauses of a slow load', () => {
  const { activity, look } = collector();
  activity.opened = 1;
  assert.equal(look(10), 1);
  for (let i = 0; i < 20; i++) {
    activity.messages++;
    assert.equal(look(8), 1);
  }
});

test('again after further connections', () => {
  const { activity, look } = collector();
  activity.opened = 1;
  look(10);
  activity.opened = 2;
  assert.equal(look(10), 2);
});
