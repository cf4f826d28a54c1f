import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { projectFiles, typeScriptIn } from './project.js';
import { importProblems, lengthProblems, purityProblems, reachProblems } from './rules.js';

const MAX_LINES = 450;

const files = projectFiles();
const shipped = typeScriptIn(files, 'src', 'workers');

describe('the rooms of src/ and workers/', () => {
  it('are found', () => {
    assert.ok(shipped.size > 50, `only ${shipped.size} files found`);
    assert.ok(shipped.has('workers/load-worker.ts'));
  });

  it('import in one direction, and nothing imports itself in a circle', () => {
    assert.deepEqual(importProblems(shipped), []);
  });

  it('that must be pure load no sockets, files, processes and clocks by a detour', () => {
    assert.deepEqual(reachProblems(shipped), []);
  });

  it('that must be pure use no clock, no chance and no process', () => {
    assert.deepEqual(purityProblems(shipped), []);
  });

  it('are made of files that hold one concept', () => {
    const written = typeScriptIn(files, 'src', 'workers', 'test', 'bench');
    assert.deepEqual(lengthProblems(written, MAX_LINES), []);
  });
});

describe('the import rules', () => {
  const problems = (sources: Record<string, string>) => importProblems(new Map(Object.entries(sources)));
  const leaf = 'export const x = 1;';

  it('accept what goes downwards', () => {
    const sources = { 'src/units.ts': leaf, 'src/plan/cell.ts': "import { x } from '../units.js';" };
    assert.deepEqual(problems(sources), []);
  });

  for (const statement of [
    "import { x } from '../engine/engine.js';",
    "import type { X } from '../engine/engine.js';",
    "export * from '../engine/engine.js';",
    "const engine = await import('../engine/engine.js');",
    "type X = import('../engine/engine.js').X;",
  ]) {
    it(`see through ${statement}`, () => {
      const found = problems({ 'src/engine/engine.ts': leaf, 'src/report/table.ts': statement });
      assert.deepEqual(found, ['src/report/table.ts imports src/engine/engine.ts: report may not import engine']);
    });
  }

  for (const [from, to] of [
    ['src/verdict/a.ts', 'src/engine/b.ts'],
    ['src/plan/a.ts', 'src/metrics/b.ts'],
    ['src/metrics/a.ts', 'src/engine/b.ts'],
    ['src/server/a.ts', 'src/profile/b.ts'],
    ['src/engine/a.ts', 'src/coordinator/b.ts'],
    ['src/errors.ts', 'src/units.ts'],
    ['workers/a.ts', 'src/cli/b.ts'],
    ['src/engine/a.ts', 'workers/b.ts'],
    ['src/engine/a.ts', 'test/engine/b.ts'],
  ] as const) {
    it(`refuse ${from} -> ${to}`, () => {
      const up = '../'.repeat(from.split('/').length - 1);
      const found = problems({ [from]: `import { x } from '${up}${to.replace('.ts', '.js')}';`, [to]: leaf });
      assert.equal(found.length, 1);
      assert.match(found[0] ?? '', /may not import/);
    });
  }

  it('refuse a room that nobody gave rules to, and a file that is not there', () => {
    assert.match(
      problems({ 'src/utils/a.ts': "import '../units.js';", 'src/units.ts': leaf })[0] ?? '',
      /without import rules/,
    );
    assert.match(problems({ 'src/plan/a.ts': "import './gone.js';" })[0] ?? '', /not there/);
  });

  for (const [path, specifier] of [
    ['src/metrics/recorder.ts', 'hdr-histogram-js'],
    ['src/metrics/recorder.ts', 'hdr-histogram-js/dist/Int32Histogram.js'],
    ['src/coordinator/coordinator.ts', 'piscina'],
    ['src/engine/engine.ts', 'uWebSockets.js'],
    ['src/verdict/verdict.ts', 'node:fs/promises'],
    ['src/plan/plan.ts', 'ws'],
    ['src/campaign/rounds.ts', 'node:child_process'],
    ['src/plan/pacer.ts', 'node:perf_hooks'],
    ['src/report/run/terminal.ts', 'node:timers/promises'],
  ] as const) {
    it(`refuse ${specifier} in ${path}`, () => {
      assert.equal(problems({ [path]: `import x from '${specifier}';` }).length, 1);
    });
  }

  it('find a circle of files, but not of types that are gone once compiled', () => {
    const found = problems({
      'src/plan/a.ts': "import { b } from './b.js';",
      'src/plan/b.ts': "import { c } from './c.js';",
      'src/plan/c.ts': "export { a } from './a.js';",
      'src/plan/d.ts': "import { e } from './e.js';",
      'src/plan/e.ts': "import type { D } from './d.js';",
    });
    assert.deepEqual(found, ['import cycle: src/plan/a.ts -> src/plan/b.ts -> src/plan/c.ts -> src/plan/a.ts']);
  });
});

describe('the rule of what a pure room reaches', () => {
  const problems = (sources: Record<string, string>) => reachProblems(new Map(Object.entries(sources)));
  const words = "import { endText } from '../check/end.js';";
  const socket = "import net from 'node:net';";

  it('refuses a socket behind two files, and says the way', () => {
    const found = problems({
      'src/report/words.ts': words,
      'src/check/end.ts': "import { open } from './socket.js';",
      'src/check/socket.ts': socket,
    });
    const way = 'src/report/words.ts -> src/check/end.ts -> src/check/socket.ts -> node:net';
    assert.deepEqual(found, [`a pure room loads ${way}`]);
  });

  for (const specifier of [
    ...['ws', 'node:net', 'node:tls', 'node:https', 'node:fs/promises', 'node:child_process'],
    ...['node:worker_threads', 'node:timers/promises'],
  ]) {
    it(`refuses ${specifier} behind a file, imported, exported, as a type by name, or loaded later`, () => {
      for (const statement of [
        `import x from '${specifier}';`,
        `export * from '${specifier}';`,
        `import { type X } from '${specifier}';`,
        `const x = await import('${specifier}');`,
      ]) {
        assert.equal(problems({ 'src/documents/a.ts': words, 'src/check/end.ts': statement }).length, 1, statement);
      }
    });
  }

  it('refuses a way through another pure room, for both', () => {
    const found = problems({
      'src/report/a.ts': "import { b } from '../documents/b.js';",
      'src/documents/b.ts': words,
      'src/check/end.ts': socket,
    });
    assert.equal(found.length, 2);
  });

  it('accepts types that are gone once compiled, plain modules, and sockets where they belong', () => {
    const found = problems({
      'src/report/a.ts': "import type { Open } from '../check/socket.js';",
      'src/report/b.ts': "import { c } from '../check/c.js';",
      'src/check/c.ts': "import type net from 'node:net'; import { createHash } from 'node:crypto';",
      'src/check/socket.ts': socket,
      'src/engine/d.ts': "import { open } from '../check/socket.js';",
    });
    assert.deepEqual(found, []);
  });

  it('ends on a circle', () => {
    const found = problems({
      'src/plan/a.ts': "import { b } from './b.js';",
      'src/plan/b.ts': "import { a } from './a.js';",
    });
    assert.deepEqual(found, []);
  });
});

describe('the purity rules', () => {
  const problems = (path: string, text: string) => purityProblems(new Map([[path, text]]));

  for (const text of [
    'const t = Date.now();',
    'const t = new Date();',
    'const t = performance.now();',
    'const t = process.hrtime.bigint();',
    'setTimeout(() => {}, 1);',
    'const r = Math.random();',
  ]) {
    it(`refuse ${text}`, () => {
      assert.equal(problems('src/metrics/a.ts', text).length, 1);
      assert.deepEqual(problems('src/engine/a.ts', text), []);
    });
  }

  it('accept a given instant, a field that is called process, and words in comments', () => {
    const text =
      '// Date.now() is for others\nconst d = new Date(atMs); const p = worker.process; const o = { process: 1 };';
    assert.deepEqual(problems('src/plan/a.ts', text), []);
  });
});

describe('the length rule', () => {
  it('counts lines', () => {
    assert.deepEqual(lengthProblems(new Map([['a.ts', 'x\n'.repeat(10)]]), 10), []);
    assert.equal(lengthProblems(new Map([['a.ts', 'x\n'.repeat(11)]]), 10).length, 1);
  });
});
