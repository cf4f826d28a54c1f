import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { WsurgeError } from '../../src/errors.js';
import { payloadSource } from '../../src/plan/payload.js';
import { minimumSize } from '../../src/profile/message-size.js';
import { tries } from '../share.js';
import { parse, problemsOf, withLoad } from './fixtures.js';

/** Parses and lets only what is meant for users through. */
function parseOrRefuse(text: string): void {
  try {
    parse(text, { env: { A: 'b' } });
  } catch (error) {
    if (!(error instanceof WsurgeError)) throw error;
    assert.ok(error.problems.length > 0);
    for (const problem of error.problems) {
      assert.ok((problem.line ?? 0) >= 1 && (problem.column ?? 0) >= 1, JSON.stringify(problem));
    }
  }
  assert.deepEqual(Object.keys(Object.prototype), []);
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
}

const words = fc.constantFrom(
  'load',
  'name',
  'connections',
  'rate',
  'sweep',
  'message',
  'size',
  'uniform',
  'template',
  'reply',
  'match',
  'target',
  'url',
  'headers',
  'thresholds',
  'ws_ping',
  'p(95)<5',
  '__proto__',
  'constructor',
  'polluted',
  'from',
  'to',
  '{{sequence}}',
  '{{env.A}}',
  `\${env:A}`,
  `\${file:x}`,
  'ws://h/',
  '10',
  '-1',
  '1e9',
  '.nan',
  '5s',
  'null',
  'true',
  '<<',
  '*a',
  '&a',
  '!!str',
  '|',
  '>',
  '---',
  '...',
);
const marks = fc.constantFrom(
  ': ',
  '\n',
  '\n  ',
  '\n    - ',
  '{',
  '}',
  '[',
  ']',
  ', ',
  '"',
  "'",
  ' ',
  '\t',
  '#',
  '%',
  '\u0000',
  '\ufeff',
);

test('property: arbitrary text is a profile or a list of placed problems', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), parseOrRefuse), {
    numRuns: tries({ whole: 300, share: 50 }),
  });
});

test('property: text made of the words of profiles is a profile or a list of placed problems', () => {
  const soup = fc.array(fc.oneof(words, marks), { maxLength: 40 }).map((parts) => parts.join(''));
  fc.assert(fc.property(soup, parseOrRefuse), { numRuns: tries({ whole: 1000, share: 150 }) });
});

test('property: any tree of values under the known keys is a profile or a list of placed problems', () => {
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.oneof(words, fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(words, tie('tree'), { maxKeys: 4 }),
    ),
  }));
  const profile = fc.record(
    {
      load: fc.array(fc.dictionary(words, tree, { maxKeys: 5 }), { maxLength: 2 }),
      message: tree,
      reply: tree,
      target: tree,
      thresholds: tree,
      labels: tree,
      workers: tree,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(profile, (value) => parseOrRefuse(stringify(value, { aliasDuplicateObjects: false }))),
    { numRuns: tries({ whole: 500, share: 150 }) },
  );
});

test('property: a key put where it does not belong is found at its line and column', () => {
  const key = fc.stringMatching(/^z[a-z]{3,8}$/);
  fc.assert(
    fc.property(key, fc.nat(5), fc.nat(4), (unknown, blank, indent) => {
      const text = withLoad(`${'\n'.repeat(blank)}reply:\n${' '.repeat(indent + 1)}${unknown}: 1\n`);
      const [problem, ...more] = problemsOf(() => parse(text));
      assert.deepEqual([problem?.line, problem?.column, more.length], [blank + 3, indent + 2, 0]);
    }),
  );
});

test('property: the minimum size is exactly what a generated message needs', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('json' as const, 'text' as const, 'binary' as const),
      fc.integer({ min: 1, max: 1_000_000 }),
      (format, connections) => {
        const minimum = minimumSize(format, connections);
        const payload = (bytes: number) =>
          payloadSource({
            message: { format, size: { kind: 'fixed', bytes }, template: null },
            connections,
            seed: 1,
            env: {},
            data: [],
          })
            .bytes(connections - 1, 0)
            .toString('latin1');
        const sequence = String(1_000_000_000 + connections - 1);
        assert.ok(payload(minimum).includes(sequence) && payload(minimum).includes(String(connections - 1)));
        assert.ok(!payload(minimum - 1).includes(sequence));
      },
    ),
  );
});
