import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse, problemLines, withLoad } from './fixtures.js';

describe('labels and headers are kept as they were written', () => {
  for (const written of [
    '1.10',
    '0123',
    '1e3',
    '0x1F',
    '0o17',
    'True',
    'FALSE',
    'yes',
    'no',
    'on',
    '2026-01-02',
    '12:30',
    '.inf',
    '+5',
    '12345678901234567890',
    '1_000',
    '-0',
  ]) {
    it(written, () => {
      const text = withLoad(`labels: { a: ${written} }\ntarget: { url: ws://h/, headers: { X-A: ${written} } }`);
      const { labels, target } = parse(text).profile;
      assert.deepEqual([labels['a'], target.headers['X-A']], [written, written]);
    });
  }

  it('in JSON too, and as names', () => {
    const json = '{"load":[{"connections":1,"rate":1}],"labels":{"v":1.10,"w":1e2,"t":true}}';
    assert.deepEqual(parse(json).profile.labels, { v: '1.10', w: '1e2', t: 'true' });
    assert.deepEqual(parse(withLoad('labels: { 1.10: x, 007: y }')).profile.labels, { '1.10': 'x', '007': 'y' });
  });
});

describe('nothing where a value should be', () => {
  for (const [text, place] of [
    ['labels: { a: null }', 'labels.a'],
    ['labels: { a: }', 'labels.a'],
    ['target: { url: ws://h/, headers: { X-A: ~ } }', 'target.headers.X-A'],
    ['target: { url: null }', 'target.url'],
    ['target: { url: ws://h/, pid: null }', 'target.pid'],
    ['target: { url: ws://h/, subprotocols: [null] }', 'target.subprotocols[0]'],
    ['warmup: null', 'warmup'],
    ['seed:', 'seed'],
    ['pacing: Null', 'pacing'],
    ['message: { size: NULL }', 'message.size'],
  ] as const) {
    it(`${text}: is refused with what to do`, () => {
      const lines = problemLines(withLoad(text));
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.ok(lines[0]!.includes(`${place}: nothing is not`), lines[0]);
      assert.match(lines[0]!, /\[(give it a value, or remove the key|write .*|one of .*|did you mean .*)\]/);
    });
  }
});
