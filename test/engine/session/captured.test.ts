import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Captured, capturedFrom } from '../../../src/engine/session/captured.js';

test('captures are values of any kind at paths; what is not there is named', () => {
  const json = { user: { id: 'u1', tags: [1, { a: null }] }, inner: '{"x":7}' };
  const at = (name: string, ...path: (string | number)[]) => ({ name, path });
  const captures = [at('id', 'user', 'id'), at('all', 'user', 'tags'), at('none', 'user', 'x'), at('x', 'inner', 'x')];
  assert.deepEqual(capturedFrom(json, captures), {
    values: { id: 'u1', all: [1, { a: null }], x: 7 },
    missing: ['none'],
    tooDeep: [],
  });
  assert.deepEqual(capturedFrom(json, [at('nothing', 'user', 'tags', 1, 'a')]).values, { nothing: null });
  assert.deepEqual(capturedFrom(undefined, [at('whole')]), { values: {}, missing: ['whole'], tooDeep: [] });
  assert.ok(Object.hasOwn(capturedFrom({ a: 1 }, [at('__proto__', 'a')]).values, '__proto__'));
});

test('what is nested too deeply to be written again is named; it exhausts no stack', () => {
  const nested = (depth: number) => JSON.parse(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`) as unknown;
  const tooDeep = (depth: number) => capturedFrom(nested(depth), [{ name: 'all', path: ['a'] }]).tooDeep;
  assert.deepEqual([tooDeep(400), tooDeep(600), tooDeep(200_000)], [[], ['all'], ['all']]);
});

test('each connection has its own, and a change makes a new object', () => {
  const captured = new Captured();
  captured.set(3, { a: 1 });
  const before = captured.of(3);
  captured.add(3, { b: 2 });
  assert.deepEqual([before, captured.of(3), captured.of(0)], [{ a: 1 }, { a: 1, b: 2 }, undefined]);
  captured.set(3, undefined);
  captured.add(3, { c: 3 });
  assert.deepEqual(captured.of(3), { c: 3 });
});
