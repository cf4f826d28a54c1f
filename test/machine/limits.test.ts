import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseLimit, parseOpenFiles, parsePortRange, readIfThere, readLimits } from '../../src/machine/limits.js';

const LIMITS =
  'Limit                     Soft Limit           Hard Limit           Units     \n' +
  'Max processes             96364                96364                processes \n' +
  'Max open files            1024                 524288               files     \n' +
  'Max locked memory         8388608              8388608              bytes     \n';

it('open files are the soft and the hard limit', () => {
  assert.deepEqual(parseOpenFiles(LIMITS), { openFiles: 1024, openFilesHard: 524_288 });
});

it('an unlimited or missing limit is none', () => {
  const text = LIMITS.replace('524288', 'unlimited');
  assert.deepEqual(parseOpenFiles(text), { openFiles: 1024, openFilesHard: null });
  assert.deepEqual(parseOpenFiles('something else'), { openFiles: null, openFilesHard: null });
  assert.equal(parseLimit('unlimited'), null);
  assert.equal(parseLimit(undefined), null);
  assert.equal(parseLimit('256'), 256);
});

it('local ports are a range', () => {
  assert.deepEqual(parsePortRange('32768\t60999\n'), { from: 32_768, to: 60_999 });
  assert.equal(parsePortRange('nonsense'), null);
});

it('a missing file is null', () => assert.equal(readIfThere('/proc/self/no-such-file'), null));

it('this process has limits', () => {
  const { openFiles, ephemeralPorts } = readLimits();
  assert.ok(openFiles === null || openFiles >= 64);
  assert.ok(ephemeralPorts === null || ephemeralPorts.from < ephemeralPorts.to);
  assert.ok(process.platform !== 'linux' || ephemeralPorts !== null);
});
