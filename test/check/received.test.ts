import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { shown } from '../../src/check/received.js';

describe('a message for people', () => {
  it('is shown whole where it is short', () => {
    assert.equal(shown('grüße'), 'grüße');
    assert.equal(shown(Buffer.from([0, 255]), true), 'binary 00ff');
  });

  it('is cut between characters as people see them, at any length', () => {
    const family = '👩‍👩‍👧‍👦';
    for (let lead = 0; lead < 30; lead++) {
      const text = `${'x'.repeat(lead)}${family.repeat(20)}`;
      const head = shown(text).replace(/ \.\.\. \([\d,]+ bytes\)$/, '');
      assert.equal(head, `${'x'.repeat(lead)}${family.repeat((head.length - lead) / family.length)}`);
      const bytes = Buffer.byteLength(head);
      assert.ok(bytes <= 120 && bytes > 90, head);
    }
  });
});
