import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { WireMatch } from '../../../src/dialect/wire.js';
import { Match, valueAt } from '../../../src/engine/session/match.js';
import { Needle } from '../../../src/engine/session/needle.js';

const AROUND = '"type":"ping"';

/** The message lies in a buffer between others. */
function fits(match: WireMatch, message: string): boolean {
  const bytes = Buffer.from(AROUND + message + AROUND);
  return new Match(match).fits(bytes, AROUND.length, bytes.length - AROUND.length);
}

describe('a match', () => {
  it('of a beginning', () => {
    assert.ok(fits({ starts: '42' }, '42["a"]'));
    assert.ok(fits({ starts: '2' }, '2'));
    for (const message of ['', '4', '24', '41[]']) assert.ok(!fits({ starts: '42' }, message));
  });

  it('of what occurs in it, all of it, nowhere else', () => {
    assert.ok(fits({ has: ['"type":"ping"'] }, '{"type":"ping"}'));
    assert.ok(fits({ has: ['"ping"', '"type"'] }, '{"type":"ping"}'));
    assert.ok(!fits({ has: ['"ping"', '"pong"'] }, '{"type":"ping"}'));
    assert.ok(!fits({ has: ['"type":"ping"'] }, '{"type":"pin'));
    assert.ok(!fits({ has: ['ping'] }, ''));
    assert.ok(fits({ has: [''] }, ''));
  });

  it('of members, as their JSON text, or only that they are there', () => {
    const next = { members: { type: '"next"', id: null } };
    assert.ok(fits(next, '{"id":"1","type":"next","payload":{}}'));
    assert.ok(fits(next, ' {"type" : "next", "id" : 0}'));
    assert.ok(!fits(next, '{"id":null,"type":"next"}'));
    assert.ok(!fits(next, '{"type":"next"}'));
    assert.ok(!fits(next, '{"id":"1","type":"nextt"}'));
    assert.ok(!fits(next, '{"id":"1","payload":{"type":"next"}}'));
    assert.ok(fits({ members: { '3': '"phx_reply"' } }, '["1","2","room","phx_reply",{}]'));
    assert.ok(fits({ starts: '0', members: { sid: null } }, '0{"sid":"x"}'));
  });

  it('of a subset of the JSON at a path, which leads through JSON in texts', () => {
    const ok = { json: { at: ['data', 0], subset: '{"ok":true}' } };
    assert.ok(fits(ok, '{"data":[{"ok":true,"more":1}]}'));
    assert.ok(fits(ok, '{"data":"[{\\"ok\\":true}]"}'));
    for (const message of ['{"data":[{"ok":1}]}', '{"data":[]}', '{"data":{}}', '7', 'none', '']) {
      assert.ok(!fits(ok, message), message);
    }
    assert.ok(fits({ starts: '43', json: { at: [], subset: '[{"ok":true}]' } }, '43[{"ok":true}]'));
  });

  it('with all its parts at once, filled in', () => {
    const match = new Match({ starts: '43{{stepId}}', has: ['a'], json: { at: [0], subset: '"{{x}}"' } }, (text) =>
      text.replace('{{stepId}}', '7').replace('{{x}}', 'a'),
    );
    const asked = (text: string) => match.fits(Buffer.from(text), 0, text.length);
    assert.deepEqual(
      [asked('437["a"]'), asked('438["a"]'), asked('437["b"]'), match.jsonAt(Buffer.from('.....437["a"]'), 5, 13)],
      [true, false, false, 8],
    );
  });
});

describe('a path', () => {
  it('leads to own members only', () => {
    assert.equal(valueAt({ a: [{ b: null }] }, ['a', 0, 'b']), null);
    assert.equal(valueAt({}, ['constructor']), undefined);
    assert.equal(valueAt([1], ['length', 'x']), undefined);
    assert.equal(valueAt(7, []), 7);
    assert.equal(valueAt('{"a":1}', ['a']), 1);
    assert.equal(valueAt('no', ['a']), undefined);
  });
});

describe('a needle', () => {
  it('is found where String.includes finds it', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '"', ':'), maxLength: 40 });
    fc.assert(
      fc.property(text, text, fc.nat(5), (needle, hay, cut) => {
        const short = needle.slice(0, cut);
        const bytes = Buffer.from(short + hay + short);
        const isThere = new Needle(short).occursIn(bytes, short.length, short.length + hay.length);
        assert.equal(isThere, hay.includes(short));
      }),
      { numRuns: 3000 },
    );
    const filler = 'x'.repeat(3000);
    const hay = Buffer.from(`in${filler}between${filler}`);
    assert.ok(new Needle('between').occursIn(hay, 0, hay.length) && !new Needle('between').occursIn(hay, 0, 3008));
    const long = 'ab'.repeat(300);
    assert.ok(new Needle(long).occursIn(Buffer.from(`b${long}`), 0, 601));
    assert.ok(!new Needle(long).occursIn(Buffer.from(`${long.slice(1)}c`), 0, 600));
  });
});
