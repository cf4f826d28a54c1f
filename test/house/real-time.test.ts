import assert from 'node:assert/strict';
import { test } from 'node:test';
import { projectFiles, typeScriptIn } from './project.js';

/** Time that passes on a real clock: a test may ask for at least so much, never for at most. */
const PASSED = String.raw`(?:performance\.now\(\)|Date\.now\(\)|realClock\.nowUs\(\))\s*-\s*[\w.]+`;
const NAMED = new RegExp(String.raw`const (\w+) = ${PASSED}`, 'g');
const QUANTILE = String.raw`\b(?:p50|p95|p99|p99_9|max|mean)!?`;
const ASSERTION = /\bassert\b[^;]*;/g;

/** What a test outside the lab must not assert, for a busy machine would break it: the assertions of `source` that do. */
function realTimeAssertions(source: string, isEndToEnd: boolean): string[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  const names = [...code.matchAll(NAMED)].map(([, name]) => String.raw`\b${name}\b`);
  const passed = `(?:${[PASSED, ...names].join('|')})`;
  const isAtMost = [
    new RegExp(String.raw`${passed}\)?\s*<`),
    new RegExp(String.raw`[^=]>=?\s*\(?${passed}`),
    ...(isEndToEnd ? [new RegExp(String.raw`${QUANTILE}\s*<=?\s*[\w.]+`), /validity[^;]*'valid'/] : []),
  ];
  return (code.match(ASSERTION) ?? []).filter((assertion) => isAtMost.some((wrong) => wrong.test(assertion)));
}

test('no test outside the lab asks that a machine be fast, or a real run VALID', () => {
  const files = [...typeScriptIn(projectFiles(), 'test')].filter(([path]) => !/^test\/(lab|house)\//.test(path));
  assert.ok(files.length > 200, `${files.length} files`);
  const found = files.flatMap(([path, source]) =>
    realTimeAssertions(source, path.startsWith('test/e2e/')).map((assertion) => `${path}: ${assertion}`),
  );
  assert.deepEqual(found, []);
});

test('what such a test would assert is found', () => {
  const wrong = [
    'assert.ok(performance.now() - startedMs < 500);',
    'assert.ok(500 > performance.now() - startedMs, "too slow");',
    'const tookMs = performance.now() - startedMs;\nassert.ok(tookMs <= 500);',
    'assert.ok(\n  realClock.nowUs() - fromUs < 20_000,\n);',
    'assert.ok(latencyUs.response!.p99! < 98_000);',
    "assert.equal(cell.verdict.validity, 'valid');",
  ];
  for (const source of wrong) assert.equal(realTimeAssertions(source, true).length, 1, source);
  const right = [
    'assert.ok(performance.now() - startedMs >= 79);',
    'assert.ok(p50! >= 20_000);',
    "assert.equal(verdict.validity, 'invalid');",
    '// assert.ok(performance.now() - startedMs < 500);',
    'const endMs = performance.now() + ms; while (performance.now() < endMs);',
  ];
  for (const source of right) assert.deepEqual(realTimeAssertions(source, true), [], source);
});
