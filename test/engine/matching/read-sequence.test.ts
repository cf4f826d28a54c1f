import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NO_SOLE, SEVERAL, SequenceReader } from '../../../src/engine/matching/read-sequence.js';

const [A, B] = [1_000_000_007, 1_000_000_008];
const sole = (reader: SequenceReader, text: string) => reader.sole(Buffer.from(text), 0, text.length);
const named = (reader: SequenceReader, text: string) => reader.named(Buffer.from(text), 0, text.length);

describe('a reader of numbers', () => {
  it('finds the number behind its field, wherever the field was before', () => {
    const reader = new SequenceReader('id');
    assert.equal(sole(reader, `{"id":${A}}`), A);
    assert.equal(sole(reader, `{"id":${B}}`), B);
    assert.equal(sole(reader, `{"type":"x","id": "${A}"}`), A);
    assert.equal(sole(reader, `{"at":${A}}`), NO_SOLE);
  });

  it('does not look twice for what it has found, or knows to be missing', () => {
    const reader = new SequenceReader('id');
    for (const text of [`{"id":${A}}`, `{"at":${A}}`, `{"id":"x"}`, `[{"id":${A}},{"id":"x"},{"id":${B}}]`]) {
      const bytes = Buffer.from(text);
      const found = reader.sole(bytes, 0, bytes.length);
      assert.deepEqual(reader.named(bytes, 0, bytes.length, found), reader.named(bytes, 0, bytes.length), text);
    }
  });

  for (const [name, before] of [
    ['short', ''],
    ['long', 'x'.repeat(100)],
  ] as const) {
    it(`takes no number of a frame with two for the only one, whatever came before (${name} frames)`, () => {
      const two = `{"x":"${before}","all":[{"id":${A}},{"id":${B}}]}`;
      const reader = new SequenceReader('id');
      assert.deepEqual([sole(reader, two), named(reader, two)], [SEVERAL, [A, B]]);
      assert.deepEqual([sole(reader, two), named(reader, two)], [SEVERAL, [A, B]]);
      // Now the field stands where the second one of the other frame does.
      const one = `{"x":"${before}","and":"${'-'.repeat(two.lastIndexOf('"id"') - 17 - before.length)}","id":${A}}`;
      assert.equal(one.indexOf('"id"'), two.lastIndexOf('"id"'));
      assert.equal(sole(reader, one), A);
      assert.equal(sole(reader, two), SEVERAL);
    });
  }
});
