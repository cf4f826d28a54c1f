/** Folders of results that somebody made by hand: refused with the file and the place, never an internal error. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import type { ResultDocument } from '../../src/documents/result-document.js';
import { IS_WHOLE } from '../share.js';
import { INTERVALS, play, RESULT, runFolderIn, temporaryRoot } from './saved-run-fixture.js';

/** A program of the system. */
const MAKE_PIPE = 'mkfifo';
const root = temporaryRoot('hostile');
const runFolder = (some: Readonly<Record<string, string>> = {}) => runFolderIn(root, some);
const cli = (...args: string[]) => play(args, root);

/** The folder with its result changed by hand. */
function changed(change: (run: ResultDocument & Record<string, unknown>) => void, some: object = {}): string {
  const run = JSON.parse(RESULT) as ResultDocument & Record<string, unknown>;
  change(run);
  return runFolder({ 'result.json': JSON.stringify(run), ...some });
}

const ALL = 'html,md,junit,csv,hgrm,hlog,json';
/** What reads a folder. They share how a file is read, so that of many cases each takes the next. */
const COMMANDS = [
  (folder: string) => ['report', folder, '--format', ALL],
  (folder: string) => ['compare', folder, folder],
  (folder: string) => ['history', 'add', folder, '--file', 'h.ndjson'],
];

const nextOf = (i: number) => (IS_WHOLE ? COMMANDS : [COMMANDS[i % COMMANDS.length]!]);

async function assertRefused(folder: string, file: string, place: RegExp, commands = COMMANDS): Promise<void> {
  for (const command of commands) {
    const { code, stderr } = await cli(...command(folder));
    assert.equal(code, 104, `${command(folder)[0]}: ${stderr}`);
    assert.ok(stderr.includes(file), stderr);
    assert.match(stderr, place);
    assert.doesNotMatch(stderr, /internal error|\n {4}at /);
  }
}

/** An HDR V2 histogram as text, of any header and any contents. */
function histogram(highest: bigint, counts: Buffer, digits = 3): string {
  const head = Buffer.alloc(40);
  head.writeInt32BE(0x1c849313, 0);
  head.writeInt32BE(counts.length, 4);
  head.writeInt32BE(digits, 12);
  head.writeBigInt64BE(1n, 16);
  head.writeBigInt64BE(highest, 24);
  const packed = deflateSync(Buffer.concat([head, counts]), { level: 1 });
  const outer = Buffer.alloc(8);
  outer.writeInt32BE(0x1c849314, 0);
  outer.writeInt32BE(packed.length, 4);
  return Buffer.concat([outer, packed]).toString('base64');
}

const OURS = 3_600_000_000n;
const FAR = 2n ** 62n;

function withHistogram(text: string): string {
  return changed((run) => ((run.cells[0]!.flows[0]!.histograms as Record<string, string>)['response'] = text));
}

describe('a histogram in a folder', () => {
  const PLACE = 'cells.0.flows.0.histograms.response';
  const cases: Readonly<Record<string, readonly [text: string, why: RegExp]>> = {
    'is no base64': ['~~~ \u001b[2J', /not base64/],
    'is no zlib data': [
      Buffer.concat([Buffer.from('1c849314', 'hex'), Buffer.alloc(80)]).toString('base64'),
      /not a histogram/,
    ],
    'is empty': ['', /not a compressed HDR/],
    'covers 2^62 us': [histogram(FAR, Buffer.from([2])), /another layout/],
    'has 60 digits': [histogram(OURS, Buffer.from([2]), 60), /another layout/],
    'counts beyond its range': [histogram(OURS, Buffer.alloc(30_000, 2)), /beyond its range/],
    'skips beyond its range': [histogram(OURS, Buffer.from('ffffffffffffff7f', 'hex')), /beyond its range/],
    'has a count cut off': [histogram(OURS, Buffer.from([0x82])), /cut off/],
    'unpacks to 300 MB': [histogram(OURS, Buffer.alloc(300 * 1024 * 1024)), /too many|does not hold/],
  };
  for (const [i, [what, [text, why]]] of Object.entries(cases).entries()) {
    it(`${what}: refused by report, compare and history in turn, with its place`, async () => {
      const folder = withHistogram(text);
      const file = path.join(folder, 'result.json');
      await assertRefused(folder, file, new RegExp(`${PLACE}: [^\\n]*${why.source}`), nextOf(i));
    });
  }

  it('of the connects, or of the warm-up, is no better', async () => {
    const connects = changed((run) => ((run.cells[0] as { connectHistogram: string }).connectHistogram = 'AAAA'));
    await assertRefused(connects, 'result.json', /cells\.0\.connectHistogram: /);
    const warmup = changed(
      (run) => ((run.cells[0]!.flows[0]!.warmupHistograms as Record<string, string>)['service'] = 'AAAA'),
    );
    await assertRefused(warmup, 'result.json', /cells\.0\.flows\.0\.warmupHistograms\.service: /);
  });
});

const REPORT = [COMMANDS[0]!];

describe('intervals.ndjson in a folder', () => {
  const line = JSON.parse(INTERVALS.split('\n')[0]!).interval as Record<string, unknown>;
  const flow = (line['flow'] as Record<string, unknown>[])[0] ?? {};
  const written = (json: string, kind = 'interval') =>
    `{"crc":"${crc32(json).toString(16).padStart(8, '0')}","${kind}":${json}}\n`;
  const lineWith = (some: object) => written(JSON.stringify({ ...line, ...some }));
  const cases: Readonly<Record<string, readonly [text: string, why: RegExp]>> = {
    'a second of 2^62': [lineWith({ second: 2 ** 62 }), /line 1: second is not a whole number/],
    'a flow of 2^62 seconds': [
      lineWith({ flow: [{ ...flow, phase: 'measure', second: 2 ** 62 }] }),
      /line 1: flow\.0\.second is no/,
    ],
    'a bucket far outside': [lineWith({ pings: [2 ** 40, 1] }), /line 1: pings has an invalid bucket/],
    'a count that is none': [lineWith({ sessions: [1, -5] }), /line 1: sessions has an invalid count/],
    'no flow at all': [lineWith({ flow: 7 }), /line 1: flow is not a list/],
    'a phase nobody knows': [lineWith({ flow: [{ ...flow, phase: '__proto__' }] }), /flow\.0\.phase is none of/],
    'another stage': [lineWith({ stage: 'x' }), /stage is none of/],
    'null for an object': [lineWith({ health: null }), /health is not an object/],
    'no JSON under a right checksum': [written('{no}') + written('{no}'), /line 1|damaged/],
    'a server second that is none': [written(JSON.stringify({ v: 1, cell: 7 }), 'server'), /line 1: cell is not text/],
  };
  for (const [what, [text, why]] of Object.entries(cases)) {
    it(`with ${what}: refused with the line and the place`, async () => {
      const folder = runFolder({ 'intervals.ndjson': text + INTERVALS });
      await assertRefused(folder, path.join(folder, 'intervals.ndjson'), why, REPORT);
    });
  }

  it('with a line that never ends: refused without reading it whole', async () => {
    const folder = runFolder({ 'intervals.ndjson': 'x'.repeat(9 * 1024 * 1024) });
    await assertRefused(folder, 'intervals.ndjson', /a line has more than 8388608 bytes/, REPORT);
  });
});

describe('a file of a folder', () => {
  it('that nests 5,000 levels is refused, wherever the levels are', async () => {
    const deep = (key: string) => {
      const nest = `${'['.repeat(5000)}${']'.repeat(5000)}`;
      return JSON.stringify({ ...JSON.parse(RESULT), [key]: '@' }).replace('"@"', nest);
    };
    for (const [i, key] of ['profile', 'kind', 'schemaVersion', 'unknown'].entries()) {
      const folder = runFolder({ 'result.json': deep(key) });
      await assertRefused(folder, 'result.json', /nests deeper than 128 levels/, nextOf(i));
    }
    const nested = `{"schemaVersion":1,"x":${'{"a":'.repeat(5000)}1${'}'.repeat(5001)}`;
    await assertRefused(runFolder({ 'run.json': nested }), 'run.json', /nests deeper than 128 levels/, REPORT);
  });

  it('that is a pipe, a device or a folder is refused at once', async () => {
    for (const [name, commands] of [
      ['result.json', COMMANDS],
      ['run.json', REPORT],
      ['intervals.ndjson', REPORT],
    ] as const) {
      const folder = runFolder();
      rmSync(path.join(folder, name));
      spawnSync(MAKE_PIPE, [path.join(folder, name)]);
      await assertRefused(folder, name, /not a regular file/, commands);
      rmSync(path.join(folder, name));
      symlinkSync('/dev/zero', path.join(folder, name));
      await assertRefused(folder, name, /not a regular file/, commands);
      rmSync(path.join(folder, name));
      mkdirSync(path.join(folder, name));
      // A folder of that name is looked into.
      await assertRefused(folder, name, /it is a folder|there is no such file/, commands);
    }
  });

  it('history.ndjson too', async () => {
    const file = path.join(root, 'pipe.ndjson');
    spawnSync(MAKE_PIPE, [file]);
    const { code, stderr } = await cli('history', 'check', '--file', file);
    assert.deepEqual([code, /not a regular file/.test(stderr)], [104, true], stderr);
  });
});

const EVIL = '\u001b[2J\u001b]0;owned\u0007\u009b31m\u202egnp\u2066\r\nPASSED: forged';
/** What no text from outside may bring to a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

function assertClean(run: { stdout: string; stderr: string }): void {
  for (const text of [run.stdout, run.stderr]) {
    assert.doesNotMatch(text, CONTROL);
    assert.doesNotMatch(text, /^PASSED: forged/m);
  }
}

describe('escape sequences and bidi controls in a folder', () => {
  const marked = (some: (run: ResultDocument) => void = () => undefined) =>
    changed((run) => {
      Object.assign(run, { labels: { build: EVIL, [EVIL]: 'x' }, runId: EVIL });
      Object.assign(run.target, { engine: EVIL });
      some(run);
    });

  it('do not reach the terminal through compare: labels, engines, cells', async () => {
    const evilCell = (run: ResultDocument) => {
      const cells = run.cells as unknown as { id: string }[];
      cells[0]!.id = EVIL;
    };
    assertClean(await cli('compare', marked(), marked()));
    assertClean(await cli('compare', marked(evilCell), marked(evilCell)));
    assertClean(await cli('compare', marked(evilCell), marked(evilCell), '-q'));
  });

  it('nor through the list of what makes two runs incomparable, forced or not', async () => {
    const other = marked((run) => {
      for (const one of run.environment.generators) Object.assign(one, { cpu: EVIL, kernel: EVIL });
    });
    const refused = await cli('compare', marked(), other);
    assert.equal(refused.code, 104);
    assertClean(refused);
    assertClean(await cli('compare', marked(), other, '--force'));
  });

  it('nor through errors: versions, kinds', async () => {
    for (const key of ['kind', 'schemaVersion']) {
      for (const command of COMMANDS) {
        const run = await cli(...command(changed((result) => Object.assign(result, { [key]: EVIL }))));
        assert.equal(run.code, 104);
        assertClean(run);
      }
    }
  });

  it('nor through history: added, shown, checked', async () => {
    const nights = Array.from({ length: 6 }, (_, i) =>
      marked((run) => {
        Object.assign(run, { startedAt: new Date(1.76e12 + i * 864e5).toISOString(), runId: `${EVIL}${i}` });
        Object.assign(run, { labels: { branch: EVIL, commit: EVIL } });
        (run.cells as unknown as { id: string }[])[0]!.id = EVIL;
      }),
    );
    assertClean(await cli('history', 'add', ...nights, '--file', 'evil.ndjson'));
    for (const action of ['show', 'check']) {
      assertClean(await cli('history', action, '--file', 'evil.ndjson'));
      assertClean(await cli('history', action, '--file', 'evil.ndjson', '-q'));
    }
  });
});

/** Every leaf of a JSON value, as its path. */
function leavesOf(value: unknown, at: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [at];
  return Object.entries(value).flatMap(([key, item]) =>
    leavesOf(item, [...at, Array.isArray(value) ? Number(key) : key]),
  );
}

function withLeaf(value: object, at: readonly (string | number)[], leaf: unknown): object {
  const copy = structuredClone(value);
  let parent = copy as Record<string | number, unknown>;
  for (const key of at.slice(0, -1)) parent = parent[key] as Record<string | number, unknown>;
  parent[at.at(-1)!] = leaf;
  return copy;
}

describe('any number or text of result.json changed by hand', () => {
  const whole = JSON.parse(RESULT) as object;
  const leaves = leavesOf(whole);
  const VALUES = [2 ** 62, -1, 1e308, 0.5, null, '', EVIL, [], {}, true];

  it('is a report or a refusal, never an internal error', async () => {
    // Every 101st leaf (in `npm test` every 303rd), each time with another value: all kinds of leaves come up.
    for (let i = 0; i < leaves.length; i += IS_WHOLE ? 101 : 303) {
      const at = leaves[i]!;
      const leaf = VALUES[(i / 101) % VALUES.length];
      const folder = runFolder({ 'result.json': JSON.stringify(withLeaf(whole, at, leaf)) });
      for (const command of nextOf(i / 101)) {
        const run = await cli(...command(folder));
        const what = `${command(folder)[0]}: ${at.join('.')} = ${JSON.stringify(leaf)}: ${run.stderr}`;
        assert.notEqual(run.code, 1, what);
        assertClean(run);
      }
    }
    assert.ok(leaves.length > 500);
  });
});
