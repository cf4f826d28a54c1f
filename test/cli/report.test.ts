import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { jsonReporter, jsonText } from '../../src/report/run/json.js';
import { documentWith, wholeSearch } from '../report/capacity/capacity-fixture.js';
import { checkDocumentOf } from '../report/check/check-fixture.js';
import { steady } from '../report/comparison/comparison-fixture.js';
import { DOCUMENT, folderOf, INTERVALS, play, RUN, runFolderIn, temporaryRoot } from './saved-run-fixture.js';

const root = temporaryRoot('report');
const runFolder = (some: Readonly<Record<string, string>> = {}) => runFolderIn(root, some);
const report = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  play(['report', ...args], root, env);

const ALL = 'html,md,junit,csv,hgrm,hlog,json';

describe('wsurge report', () => {
  it('makes every format, again and again the same bytes, and leaves what was measured as it was', async () => {
    const folder = runFolder();
    const before = new Map(
      ['run.json', 'result.json', 'intervals.ndjson'].map((name) => [
        name,
        readFileSync(path.join(folder, name), 'utf8'),
      ]),
    );
    assert.equal((await report([folder, '--format', ALL])).code, 0);
    const first = new Map(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));
    for (const name of ['report.html', 'report.md', 'junit.xml', 'cells.csv', 'seconds.csv', 'latency.hlog']) {
      assert.ok(first.has(name), name);
      rmSync(path.join(folder, name));
    }
    for (const [name, text] of before) assert.equal(first.get(name), text, name);
    assert.equal((await report([folder, '--format', ALL])).code, 0);
    for (const [name, text] of first) assert.equal(readFileSync(path.join(folder, name), 'utf8'), text, name);
  });

  it('makes every format of a check from result.json, again and again the same bytes', async () => {
    const checked = checkDocumentOf('trouble', { status: 'measured', result: DOCUMENT });
    const folder = runFolder({ 'result.json': jsonText(checked), 'intervals.ndjson': '' });
    const formats = 'html,md,junit,csv,json';
    assert.equal((await report([folder, '--format', formats])).code, 0);
    const first = new Map(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));
    assert.equal(first.get('result.json'), jsonText(checked));
    for (const name of ['report.html', 'report.md', 'junit.xml', 'checks.csv', 'figures.csv', 'cells.csv']) {
      assert.ok(first.has(name), name);
      rmSync(path.join(folder, name));
    }
    assert.equal((await report([folder, '--format', formats])).code, 0);
    for (const [name, text] of first) assert.equal(readFileSync(path.join(folder, name), 'utf8'), text, name);
    const { code, stderr } = await report([folder, '--format', 'hgrm']);
    assert.equal(code, 104);
    assert.match(stderr, /no format hgrm.*\n.*--format html,md,junit,csv,json/);
    assert.match((await report([folder, folder])).stderr, /cannot be laid over each other/);
  });

  it('writes what a run writes where no format is named, and says where', async () => {
    const folder = runFolder();
    const { code, stdout } = await report([folder]);
    assert.equal(code, 0);
    const named = stdout
      .trim()
      .split('\n')
      .map((file) => path.basename(file));
    assert.deepEqual(named, ['report.md', 'report.html']);
    const json = await report([folder, '--format', 'junit', '--json']);
    assert.deepEqual(JSON.parse(json.stdout), { written: [path.join(path.basename(folder), 'junit.xml')] });
  });

  it('lays two runs over each other in one page', async () => {
    const [a, b] = [runFolder(), runFolder()];
    assert.equal((await report([a, b, '-q'])).code, 0);
    const text = readFileSync(path.join(a, 'overlay.html'), 'utf8');
    const [, data] = /id="data">(.*?)<\/script>/s.exec(text)!;
    assert.equal((JSON.parse(data!) as { runs: unknown[] }).runs.length, 2);
  });

  it('appends Markdown to the summary of a job, where it is asked for', async () => {
    const summary = path.join(root, 'summary.md');
    writeFileSync(summary, 'before\n');
    const folder = runFolder();
    await report([folder], { GITHUB_STEP_SUMMARY: summary });
    assert.equal(readFileSync(summary, 'utf8'), 'before\n');
    await report([folder, '--format', 'md'], { GITHUB_STEP_SUMMARY: summary });
    assert.match(readFileSync(summary, 'utf8'), /^before\n# wsurge report/);
  });

  it('reads a log whose tail was torn off', async () => {
    const folder = runFolder();
    const file = path.join(folder, 'intervals.ndjson');
    truncateSync(file, INTERVALS.length - 20);
    assert.equal((await report([folder, '-q'])).code, 0);
  });

  const result = jsonReporter.render(DOCUMENT);
  const cases: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
    ['an empty result', { 'result.json': '' }, /result\.json: it is empty/],
    ['a torn result', { 'result.json': result.slice(0, 5000) }, /result\.json: it is cut off/],
    [
      'another version',
      { 'result.json': result.replace('"schemaVersion": 1', '"schemaVersion": 9') },
      /schemaVersion 9/,
    ],
    ['another kind', { 'result.json': result.replace('"kind": "run"', '"kind": "dream"') }, /kind "dream"/],
    ['no run', { 'run.json': '{}' }, /run\.json: not a record of a run/],
    ['a damaged log', { 'intervals.ndjson': INTERVALS.replace('"crc":"', '"crc":"0') }, /line 1 is damaged/],
  ];
  for (const [name, files, said] of cases) {
    it(`refuses ${name} with 104`, async () => {
      const { code, stderr } = await report([runFolder(files)]);
      assert.equal(code, 104, stderr);
      assert.match(stderr, said);
    });
  }

  it('refuses missing files and folders with 104', async () => {
    assert.match((await report(['nowhere'])).stderr, /there is no such file or folder/);
    for (const name of ['run.json', 'result.json', 'intervals.ndjson']) {
      const folder = runFolder();
      rmSync(path.join(folder, name));
      const { code, stderr } = await report([folder]);
      assert.equal(code, 104);
      assert.ok(stderr.includes(name), stderr);
    }
  });

  it('tells every problem of the command line at once', async () => {
    const { code, stderr } = await report(['--format', 'htm,pdf', '--wide']);
    assert.equal(code, 104);
    for (const said of ['needs the folder', '"htm"', 'did you mean "html"', '"pdf"', '--wide']) {
      assert.ok(stderr.includes(said), `${said} is not in\n${stderr}`);
    }
  });
});

describe('wsurge report on what is no run', () => {
  const search = () => folderOf(root, { 'result.json': jsonText(wholeSearch()) });
  const turns = () => folderOf(root, { 'run.json': JSON.stringify(RUN), 'result.json': jsonText(steady(1.2)) });
  const beside = () => folderOf(root, { 'comparison.json': jsonText(steady(1)) });

  for (const [name, made, files] of [
    [
      'a capacity search',
      search,
      ['capacity.json', 'junit.xml', 'report.html', 'report.md', 'result.json', 'steps.csv'],
    ],
    [
      'a comparison in turns',
      turns,
      ['junit.xml', 'metrics.csv', 'report.html', 'report.md', 'result.json', 'run.json', 'values.csv'],
    ],
    [
      'a comparison of saved runs',
      beside,
      ['-metrics.csv', '-values.csv', '.html', '.json', '.md', '.xml'].map((end) => `comparison${end}`),
    ],
  ] as const) {
    it(`makes every format of ${name}, and leaves its document as it was`, async () => {
      const folder = made();
      const before = new Map(readdirSync(folder).map((file) => [file, readFileSync(path.join(folder, file), 'utf8')]));
      const { code, stderr } = await report([folder, '--format', 'html,md,junit,csv,json']);
      assert.equal(code, 0, stderr);
      assert.deepEqual(readdirSync(folder).sort(), [...files].sort());
      for (const [file, text] of before) assert.equal(readFileSync(path.join(folder, file), 'utf8'), text);
      const { stderr: refused, code: wrong } = await report([folder, '--format', 'hgrm,md']);
      assert.equal(wrong, 104);
      assert.match(refused, /have no format hgrm.*--format html,md,junit,csv,json/s);
    });
  }

  it('takes the document itself, where a folder has two, and writes beside it', async () => {
    const folder = runFolder({ 'comparison.json': jsonText(steady(1)) });
    assert.equal((await report([path.join(folder, 'comparison.json')])).code, 0);
    assert.ok(readdirSync(folder).includes('comparison.html'));
    assert.ok(!readdirSync(folder).includes('report.html'));
  });

  it('lays searches over each other, and refuses what has nothing in common', async () => {
    const one = search();
    assert.match((await report([one, search()])).stdout, /overlay\.html/);
    const rates = wholeSearch({ search: { ...documentWith().search, axis: 'rate' } });
    const cases = [
      [[one, folderOf(root, { 'capacity.json': jsonText(rates) })], /no axis in common/],
      [[one, turns()], /of kind capacity.*of kind comparison/],
      [[turns(), turns()], /cannot be laid over each other/],
    ] as const;
    for (const [folders, said] of cases) {
      const { code, stderr } = await report(folders);
      assert.equal(code, 104);
      assert.match(stderr, said);
    }
  });

  it('reads a search of an older version, which kept no points of its model', async () => {
    const { model, ...rest } = wholeSearch();
    const { points: _, ...older } = model;
    const folder = folderOf(root, { 'capacity.json': jsonText({ ...rest, model: older }) });
    assert.equal((await report([folder])).code, 0);
  });

  it('reads a comparison of an older version, which kept neither values nor machines', async () => {
    const document = steady(1.2);
    const cells = document.cells.map((cell) => ({
      ...cell,
      metrics: cell.metrics.map(({ values: _, ...metric }) => metric),
    }));
    const [a, b] = [document.a, document.b].map(({ generators: _, ...side }) => side);
    const folder = folderOf(root, { 'comparison.json': jsonText({ ...document, cells, a, b }) });
    assert.equal((await report([folder, '--format', 'html,csv,md,junit,json'])).code, 0);
  });
});
