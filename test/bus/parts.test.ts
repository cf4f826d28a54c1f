import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MAX_BODY_BYTES } from '../../src/bus/codec.js';
import { Assemblies, Assembly, outlineOf, outlineProblem, partBytes, partOf } from '../../src/bus/parts.js';

const bodies = fc.uint8Array({ minLength: 1, maxLength: 300 });
const sizes = fc.integer({ min: 1, max: 40 });

describe('a body in parts', () => {
  it('is whole again, in whatever order and however often its parts come', () => {
    fc.assert(
      fc.property(bodies, sizes, fc.infiniteStream(fc.nat()), (body, size, picks) => {
        const outline = outlineOf(body, size);
        const assembly = new Assembly(outline);
        for (const pick of picks) {
          const { missing } = assembly;
          if (missing.length === 0) break;
          // One that is there already, every third time.
          const index = pick % 3 === 0 ? pick % outline.parts : missing[pick % missing.length]!;
          assert.ok(assembly.add(index, partOf(body, index, size)));
        }
        assert.deepEqual(assembly.whole(), Buffer.from(body));
      }),
    );
  });

  it('is refused where one bit of it is another', () => {
    fc.assert(
      fc.property(bodies, sizes, fc.nat(), fc.integer({ min: 0, max: 7 }), (body, size, at, bit) => {
        const outline = outlineOf(body, size);
        const assembly = new Assembly(outline);
        const torn = Uint8Array.from(body);
        torn[at % torn.length]! ^= 1 << bit;
        for (let index = 0; index < outline.parts; index++) assembly.add(index, partOf(torn, index, size));
        assert.equal(assembly.whole(), null);
      }),
    );
  });

  it('takes no part that is none of its own', () => {
    const body = new Uint8Array(100).fill(1);
    const assembly = new Assembly(outlineOf(body, 40));
    for (const index of [-1, 3, 0.5, Number.NaN]) assert.equal(assembly.add(index, body.subarray(0, 40)), false);
    assert.equal(assembly.add(0, new Uint8Array(0)), false);
    assert.equal(assembly.add(0, new Uint8Array(101)), false);
    assert.deepEqual(assembly.missing, [0, 1, 2]);
    assert.equal(assembly.bytes, 0);
  });

  it('has an outline that can be true', () => {
    const outline = outlineOf(new Uint8Array(100), 40);
    assert.equal(outlineProblem(outline), null);
    assert.match(outlineProblem({ ...outline, sha256: 'ab' })!, /SHA-256/);
    for (const bytes of [0, -1, 1.5, Number.NaN]) assert.match(outlineProblem({ ...outline, bytes })!, /size/);
    assert.match(outlineProblem({ ...outline, bytes: 2 * MAX_BODY_BYTES })!, /more than a body may have/);
    for (const parts of [0, 101, 1.5, Number.NaN, 1e9]) assert.match(outlineProblem({ ...outline, parts })!, /parts/);
  });

  it('fits the smallest message of the broker', () => {
    assert.equal(partBytes(64 * 1024), 60 * 1024);
    assert.equal(partBytes(8 * 1024 * 1024), 512 * 1024);
  });
});

describe('bodies on their way', () => {
  const body = (fill: number): Uint8Array => new Uint8Array(100).fill(fill);
  const begin = (assemblies: Assemblies, fill: number): Assembly => {
    const assembly = assemblies.of(outlineOf(body(fill), 60));
    assembly.add(0, partOf(body(fill), 0, 60));
    assemblies.trim();
    return assembly;
  };

  it('are as many as are allowed: the one that waited longest goes', () => {
    const assemblies = new Assemblies(2);
    begin(assemblies, 1);
    begin(assemblies, 2);
    begin(assemblies, 1);
    begin(assemblies, 3);
    assert.equal(assemblies.size, 2);
    assert.deepEqual(assemblies.of(outlineOf(body(1), 60)).missing, [1]);
    assert.deepEqual(assemblies.of(outlineOf(body(2), 60)).missing, [0, 1]);
  });

  it('have no more bytes than are allowed', () => {
    const assemblies = new Assemblies(100, 150);
    for (let fill = 0; fill < 10; fill++) begin(assemblies, fill);
    assert.equal(assemblies.size, 2);
  });
});
