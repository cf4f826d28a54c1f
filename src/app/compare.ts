import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { comparisonDocument, sideOf } from '../documents/comparison-document.js';
import type { ComparisonDocument } from '../documents/comparison-schema.js';
import { EXIT, type Problem, usageError, WsurgeError } from '../errors.js';
import { toolVersion } from '../machine/tool-version.js';
import { differenceText } from '../report/comparison/model.js';
import { COMPARISON_FILE } from '../report/formats.js';
import { jsonText } from '../report/run/json.js';
import { writeAtomic } from '../store/atomic-file.js';
import { readHistory } from '../store/history.js';
import { notWritable } from '../store/store-error.js';
import { differencesBetween, environmentFingerprint } from '../verdict/compare/comparable.js';
import { compareRuns, idsOf, type NoiseOf, onlyIn, type Sides } from '../verdict/compare/compare-runs.js';
import type { RunOnSide, Side } from '../verdict/compare/compared-run.js';
import { type ComparedMetric, comparedMetrics } from '../verdict/compare/metrics.js';
import { givenNoise, noiseOfSeries } from '../verdict/compare/noise.js';
import { NOISE_UNKNOWN } from '../verdict/compare/single.js';
import { comparisonWarnings } from '../verdict/compare/warnings.js';
import { seriesOf } from '../verdict/history/series.js';
import { readComparedRun } from './read-compared-run.js';
import { reportFiles } from './report-files.js';
import type { Surroundings } from './surroundings.js';
import type { CompareTask } from './tasks.js';

/** Compares saved runs of A with saved runs of B, and writes the comparison where the task names a folder. */
export async function compareSaved(task: CompareTask, around: Pick<Surroundings, 'cwd'>): Promise<ComparisonDocument> {
  const sides: Sides = await readSides(task, around);
  const differences = allDifferences(sides);
  if (!task.force) refuse(sides, differences);
  const metrics = comparedMetrics(task.margins);
  const { noise, noiseOf } = await noiseFor(task, sides, around);
  const cells = compareRuns(sides, metrics, noiseOf);
  const document = comparisonDocument({
    createdAt: new Date(),
    toolVersion: toolVersion(),
    method: sides.a.length + sides.b.length > 2 ? 'runs' : 'seconds',
    a: sideOf(task.a.length === 1 ? task.a[0]! : 'A', sides.a),
    b: sideOf(task.b.length === 1 ? task.b[0]! : 'B', sides.b),
    noise,
    forced: task.force,
    differences,
    onlyInA: onlyIn(sides.a, sides.b),
    onlyInB: onlyIn(sides.b, sides.a),
    warnings: comparisonWarnings(sides),
    rounds: null,
    runs: { a: sides.a.map(({ run }) => run), b: sides.b.map(({ run }) => run) },
    cells,
    metrics,
  });
  if (task.output !== null) await writeFiles(path.resolve(around.cwd, task.output), document);
  return document;
}

async function readSides({ a, b }: CompareTask, around: Pick<Surroundings, 'cwd'>): Promise<Sides> {
  const single = a.length + b.length === 2;
  const read = async (sources: readonly string[], side: Side) => {
    const runs: RunOnSide[] = [];
    for (const source of sources)
      runs.push(await readComparedRun(source, path.resolve(around.cwd, source), single ? side : null));
    return runs;
  };
  return { a: await read(a, 'a'), b: await read(b, 'b') };
}

/** Compares every run with the first of A: the runs of one side must be comparable with each other too. */
function allDifferences({ a, b }: Sides): ComparisonDocument['differences'] {
  const [first, ...others] = [...a, ...b];
  return others.flatMap(({ source, run }) =>
    differencesBetween(first!.run, run).map((difference) => ({ ...difference, run: source })),
  );
}

function refuse(sides: Sides, differences: ComparisonDocument['differences']): void {
  if (differences.length > 0) {
    const problems: Problem[] = differences.map((one) => ({ where: one.run, message: differenceText(one) }));
    const next = 'compare runs of one load on one machine; --force compares them anyway, and says so';
    throw new WsurgeError(EXIT.usage, 'not_comparable', 'these runs differ in more than the build', { problems, next });
  }
  const shared = idsOf(sides.a).filter((id) => idsOf(sides.b).includes(id));
  if (shared.length > 0) return;
  const list = (runs: readonly RunOnSide[]) => idsOf(runs).slice(0, 5).join(', ') || 'none';
  throw usageError(
    'not_comparable',
    `the two sides have no cell in common: A has ${list(sides.a)}; B has ${list(sides.b)}`,
    'compare runs of the same profile',
  );
}

async function noiseFor(
  task: CompareTask,
  sides: Sides,
  around: Pick<Surroundings, 'cwd'>,
): Promise<{ noise: ComparisonDocument['noise']; noiseOf: NoiseOf }> {
  if (sides.a.length + sides.b.length > 2) {
    return {
      noise: { source: 'runs', text: 'how much runs of one side differ among themselves' },
      noiseOf: () => null,
    };
  }
  const given = Object.entries(task.noise);
  if (given.length > 0) {
    const shares = given.map(([key, share]) => `${key} ${Number((share * 100).toPrecision(3))} %`).join(', ');
    const text = `single runs of one build differ by ${shares} as a rule, as --noise says`;
    const noiseOf: NoiseOf = (_, { key }) => (task.noise[key] === undefined ? null : givenNoise(task.noise[key]));
    return { noise: { source: 'flag', text }, noiseOf };
  }
  if (task.history !== null) return await noiseOfHistory(task.history, sides, around);
  return {
    noise: {
      source: 'none',
      text: `${NOISE_UNKNOWN}: two runs of one build may differ as much, so nothing is called REGRESSED or IMPROVED`,
    },
    noiseOf: () => null,
  };
}

/** Noise from runs of the same environment in a history file. The run of B is not among them: it is what is judged. */
async function noiseOfHistory(file: string, { a, b }: Sides, around: Pick<Surroundings, 'cwd'>) {
  const { entries } = await readHistory(path.resolve(around.cwd, file));
  const environment = environmentFingerprint(a[0]!.run);
  const judged = b[0]!.run;
  const own = entries.filter(
    ({ environment: of, runId, startedAt }) =>
      of === environment && !(runId === judged.runId && startedAt === judged.startedAt),
  );
  const noiseOf: NoiseOf = (cell, { key, margin }: ComparedMetric) =>
    noiseOfSeries(
      seriesOf(own, cell, key).points.map(({ value }) => value),
      margin,
    );
  const text = `between runs within a level (a change of level is none), from ${own.length} runs of this environment in ${file}; ${NOISE_UNKNOWN} where a cell has fewer than 5`;
  return { noise: { source: 'history' as const, text }, noiseOf };
}

async function writeFiles(folder: string, document: ComparisonDocument): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw notWritable(folder, error);
  }
  const file = path.join(folder, COMPARISON_FILE);
  await writeAtomic(file, jsonText(document));
  // Rendered from the document, exactly as `wsurge report` does later.
  const files = await reportFiles(file, ['md', 'html', 'junit']);
  for (const { name, text } of files) await writeAtomic(path.join(folder, name), text);
}
