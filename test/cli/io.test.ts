import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCi } from '../../src/cli/io.js';

test('CI is a CI job unless it says no', () => {
  for (const word of ['true', '1', 'yes', 'drone']) assert.equal(isCi({ env: { CI: word } }), true, word);
  for (const word of ['', 'false', 'FALSE', '0', ' no ', 'off']) assert.equal(isCi({ env: { CI: word } }), false, word);
  assert.equal(isCi({ env: {} }), false);
});
