import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { FURTHER } from '../share.js';
import { Checkout, type Outcome } from './checkout.js';

const PASSING = "import { it } from 'node:test'; it('holds', () => {});";

describe('test.mjs', () => {
  let checkout: Checkout;
  beforeEach(() => {
    checkout = new Checkout();
  });
  afterEach(() => checkout.delete());

  async function outcomeOf(files: Record<string, string>, ...words: string[]): Promise<Outcome> {
    for (const [path, text] of Object.entries(files)) checkout.write(`dist/test/${path}.test.js`, text);
    return checkout.run('test.mjs', {}, [], words);
  }

  function lastLine({ said }: Outcome): string {
    return said.trimEnd().split('\n').at(-1) ?? '';
  }

  it('ends with one line over all files', async () => {
    const outcome = await outcomeOf({
      'stats/a': PASSING,
      'e2e/b': `${PASSING} it('later', { skip: 'no moon tonight' }, () => {}); it.todo('some day');`,
    });
    assert.equal(lastLine(outcome), '2 passed, 0 failed, 2 skipped');
    assert.equal(outcome.code, 0);
    assert.match(
      outcome.said,
      /^ok {3}test\/e2e\/b {2}1 passed, 2 skipped {2}[\d.]+ s\n {5}skipped: later: no moon tonight$/m,
    );
  });

  it('counts what is left to the whole pass apart, in a file that has nothing else too', async () => {
    const left = `import { it as later } from 'node:test'; later('more', { skip: '${FURTHER}' }, () => {});`;
    const outcome = await outcomeOf({ 'stats/a': PASSING + left, 'e2e/b': left });
    assert.match(outcome.said, /^ok {3}test\/stats\/a {2}1 passed, 1 left to \.ci\/run {2}[\d.]+ s$/m);
    assert.match(outcome.said, /^ok {3}test\/e2e\/b {2}0 passed, 1 left to \.ci\/run {2}[\d.]+ s$/m);
    assert.match(outcome.said, /\n2 more, .*WSURGE_TEST_WHOLE=1 npm test.*\n1 passed, 0 failed, 0 skipped\n/);
    assert.equal(outcome.code, 0);
  });

  it('runs the files whose path holds a word, and fails when there is none', async () => {
    const files = { 'stats/a': PASSING, 'plan/b': PASSING, 'plan/c': PASSING };
    const some = await outcomeOf(files, 'plan/b', 'stats');
    assert.deepEqual([some.code, lastLine(some)], [0, '2 passed, 0 failed, 0 skipped']);
    const others = await outcomeOf(files, 'plan', 'stats', ':plan/b');
    assert.deepEqual([others.code, lastLine(others)], [0, '2 passed, 0 failed, 0 skipped']);
    assert.doesNotMatch(others.said, /plan\/b/);
    const none = await outcomeOf(files, 'nowhere');
    assert.deepEqual([none.code, lastLine(none)], [1, '0 passed, 0 failed, 0 skipped']);
    assert.match(none.said, /no test was run/);
  });

  it('tells files that share a process apart, and what fails in one fails nothing in the next', async () => {
    const failing = "import { it } from 'node:test'; it('x', () => { throw new Error('why'); });";
    const files = { 'stats/a': PASSING, 'stats/b': failing, 'stats/c': "import './gone.js';", 'stats/d': '' };
    const outcome = await outcomeOf({ ...files, 'stats/e': PASSING + PASSING.replace(/^.*?; /, '') });
    const lines = outcome.said.split('\n').filter((line) => /^(ok|FAIL)/.test(line));
    assert.deepEqual(
      lines.map((line) => line.replace(/ {2}[\d.]+ s$/, '')),
      [
        'ok   test/stats/a  1 passed',
        'FAIL test/stats/b  0 passed, 1 failed',
        'FAIL test/stats/c  0 passed, 1 failed',
        'FAIL test/stats/d  0 passed, 1 failed',
        'ok   test/stats/e  2 passed',
      ],
    );
    assert.equal(lastLine(outcome), '3 passed, 3 failed, 0 skipped');
  });

  for (const [what, text, said, last] of [
    [
      'a test that fails',
      `${PASSING} it('x', () => { throw new Error('why'); });`,
      /- x\n.*why/,
      '1 passed, 1 failed, 0 skipped',
    ],
    [
      'a test that fails in a suite, once',
      "import { describe, it } from 'node:test'; describe('s', () => { it('x', () => { throw new Error('why'); }); });",
      /- x\n.*why/,
      '0 passed, 1 failed, 0 skipped',
    ],
    [
      'a file that does not load',
      "import './gone.js';",
      /the file itself[\s\S]*ERR_MODULE_NOT_FOUND/,
      '0 passed, 1 failed, 0 skipped',
    ],
    ['a file without tests', '', /the file has no tests/, '0 passed, 1 failed, 0 skipped'],
    [
      'only skipped tests',
      "import { it } from 'node:test'; it.skip('x', () => {});",
      /1 skipped/,
      '0 passed, 0 failed, 1 skipped',
    ],
    [
      'an error after the tests',
      `${PASSING} process.on('exit', () => { process.exitCode = 3; });`,
      /the file itself/,
      '1 passed, 1 failed, 0 skipped',
    ],
  ] as const) {
    it(`fails on ${what}`, async () => {
      const outcome = await outcomeOf({ 'stats/a': text });
      assert.equal(outcome.code, 1);
      assert.match(outcome.said, said);
      assert.equal(lastLine(outcome), last);
    });
  }
});
