import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { JsonMembers } from '../../../src/engine/session/json-members.js';

/** The text in the middle of a buffer whose other bytes would be misleading if they were looked at. */
function within(text: string, around = '}],":{["0'): readonly [Buffer, number, number] {
  const bytes = Buffer.from(around + text + around);
  return [bytes, around.length, bytes.length - around.length];
}

function found(wanted: readonly string[], text: string): (string | null)[] {
  const members = new JsonMembers(wanted);
  const [bytes, start, end] = within(text);
  members.find(bytes, start, end);
  return wanted.map((_, i) => (members.from[i]! < 0 ? null : bytes.toString('utf8', members.from[i], members.to[i])));
}

/** JSON of any kind, spaced as its writer likes. */
const json = fc
  .tuple(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(undefined, 1, '\t', ' \r\n'))
  .map(([value, space]) => ({ text: JSON.stringify(value, null, space) }));
/** Names without what JSON writes as an escape: they are compared as bytes. */
const name = fc
  .string({ unit: 'grapheme' })
  .filter((text) => /^[^"\\\p{Cc}\p{Cs}]*$/u.test(text) && !/^\d+$/.test(text));

describe('members of a JSON text', () => {
  it('are those of its outermost object, as JSON.parse finds them', () => {
    const members = fc.uniqueArray(fc.tuple(name, json), { selector: ([key]) => key, maxLength: 6 });
    fc.assert(
      fc.property(members, name, fc.constantFrom('', ' ', '\n\t'), (entries, absent, space) => {
        fc.pre(entries.every(([key]) => key !== absent));
        const text = `${space}{${entries.map(([key, { text }]) => `${space}"${key}"${space}:${text}${space}`).join(',')}}${space}`;
        const wanted = [...entries.map(([key]) => key), absent];
        const parsed = JSON.parse(text) as Record<string, unknown>;
        for (const [i, part] of found(wanted, text).entries()) {
          if (part === null) assert.ok(!Object.hasOwn(parsed, wanted[i]!), `${wanted[i]} in ${text}`);
          else assert.deepEqual(JSON.parse(part), parsed[wanted[i]!]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are the elements of its outermost array by index', () => {
    fc.assert(
      fc.property(fc.array(json, { maxLength: 5 }), fc.uniqueArray(fc.nat(6), { minLength: 1 }), (items, wanted) => {
        const text = `[ ${items.map((item) => item.text).join(' ,\n')}]`;
        const parts = found(wanted.map(String), text);
        for (const [i, index] of wanted.entries()) {
          if (index >= items.length) assert.equal(parts[i], null);
          else assert.deepEqual(JSON.parse(parts[i]!), JSON.parse(items[index]!.text));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are never those of an inner object or of a text', () => {
    assert.deepEqual(found(['id'], '{"payload":{"id":1},"text":"\\"id\\":2,","id":3}'), ['3']);
    assert.deepEqual(found(['id'], '{"payload":{"id":1}}'), [null]);
    assert.deepEqual(found(['1'], '[["a","b"],"c"]'), ['"c"']);
    assert.deepEqual(found(['id', 'type'], '{"type":null,"id":"7"}'), ['"7"', 'null']);
  });

  it('are none where it is of the other kind', () => {
    for (const text of ['', ' ', '7', '"id"', 'null', '["id"]', '2', '42["id",1]'])
      assert.deepEqual(found(['id'], text), [null]);
    assert.deepEqual(found(['0'], '{"0":1}'), [null]);
    assert.deepEqual(found(['0'], '[]'), [null]);
    assert.deepEqual(found(['id'], '{}'), [null]);
  });

  it('never lie outside of the message, whatever it is', () => {
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom(...'{}[]",:\\ 1atn') }),
      // JSON that breaks off.
      fc.tuple(json, fc.nat(40)).map(([{ text }, cut]) => text.slice(0, cut)),
    );
    const members = [new JsonMembers(['a', 't', '']), new JsonMembers(['0', '2'])];
    fc.assert(
      fc.property(text, (broken) => {
        const [bytes, start, end] = within(broken);
        for (const each of members) {
          each.find(bytes, start, end);
          for (let i = 0; i < each.from.length; i++) {
            const [from, to] = [each.from[i]!, each.to[i]!];
            assert.ok(from === -1 || (from >= start && from < to && to <= end), `${from} to ${to} of ${broken}`);
          }
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('says whether it broke off, not misled by what lies behind', () => {
    const members = new JsonMembers(['b']);
    for (const text of ['{"a":1', '{"a":1,', '{"a"', '{"a":', '{', '{"a":[1', '{"a":"x']) {
      assert.equal(members.find(...within(text)), false, text);
    }
    assert.equal(members.find(...within('{"a":1}')), true);
  });
});
