import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import type { ComparisonDocument } from '../../src/documents/comparison-schema.js';
import { parseResult } from '../../src/documents/result-schema.js';
import { comparedValue } from '../../src/verdict/compare/values.js';

/** What B's handler takes where A's takes 10 ms. */
export const KINDS = { 'slower by 10 %': '11ms', 'slower by 2 %': '10.2ms', 'the same': '10ms' } as const;
export type Kind = keyof typeof KINDS;

/** A whole decision of `wsurge ab`, as a line of the lab's record. */
export interface Trial {
  /** From 1. */
  readonly trial: number;
  readonly kind: Kind;
  readonly word: 'REGRESSED' | 'EQUIVALENT' | 'IMPROVED' | 'INCONCLUSIVE' | null;
  readonly exitCode: number;
  /** B over A at p50. */
  readonly ratio: number | null;
  readonly interval: readonly [number, number] | null;
  /** Median service times of every round, microseconds. */
  readonly rounds: readonly { readonly order: string; readonly aUs: number; readonly bUs: number }[];
  readonly tookMs: number;
}

const CLI = fileURLToPath(new URL('../../bundle/cli/bin.js', import.meta.url));
const BUILD = fileURLToPath(new URL('./ab-build.js', import.meta.url));
/**
 * Cells of 2 s: a fifth of a second to get going, the rest measured. What else a turn needs is kept small: no pre-warm cell
 * (the handler waits, it does not compute) and few connections.
 */
const LOAD = ['-c', '20', '-R', '100', '-W', '200ms', '-d', '1800ms', '--no-pre-warm', '--set', 'drain=500ms'];
/** The same for readers. */
export const LOAD_TEXT = 'cells of 2 s, 20 connections and 100 messages a second';
/** What is asked is the time of the handler. */
const QUESTION = ['--gate', 'p50', '--margin', 'p50=5%'];

/** Runs `wsurge ab` as a user does, in a process of its own. */
export async function runTrial(trial: number, kind: Kind): Promise<Trial> {
  const startMs = performance.now();
  const cwd = await mkdtemp(path.join(os.tmpdir(), 'wsurge-lab-ab-'));
  try {
    const port = await freePort();
    const build = (delay: string) => `${process.execPath} ${BUILD} ${port} ${delay}`;
    const b = kind === 'the same' ? ['--aa'] : ['--b', build(KINDS[kind])];
    const target = ['--target', `ws://127.0.0.1:${port}/`];
    const args = [
      'ab',
      '--a',
      build('10ms'),
      ...b,
      ...target,
      ...LOAD,
      ...QUESTION,
      '--seed',
      String(trial),
      '--json',
      '-q',
    ];
    const { exitCode, stdout, stderr } = await run(args, cwd);
    const document = documentIn(stdout, stderr);
    const p50 = document.cells[0]?.metrics.find(({ metric }) => metric === 'p50');
    return {
      ...{ trial, kind, exitCode },
      word: p50?.word ?? null,
      ratio: p50?.ratio ?? null,
      interval: p50?.interval ?? null,
      rounds: await roundsIn(document, path.join(cwd, 'results')),
      tookMs: Math.round(performance.now() - startMs),
    };
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

function run(args: readonly string[], cwd: string): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ exitCode: code ?? 1, stdout, stderr }));
  });
}

function documentIn(stdout: string, stderr: string): ComparisonDocument {
  const document = JSON.parse(stdout) as Partial<ComparisonDocument>;
  if (document.kind !== 'comparison') throw new Error(`wsurge ab gave no comparison:\n${stderr}${stdout}`);
  return document as ComparisonDocument;
}

/** The medians of every round that was used, from the saved results. */
async function roundsIn({ a, b, rounds }: ComparisonDocument, results: string): Promise<Trial['rounds']> {
  const folder = (await readdir(results))[0]!;
  const p50 = async (source: string) => {
    const text = await readFile(path.join(results, folder, source, 'result.json'), 'utf8');
    const value = comparedValue(parseResult(JSON.parse(text)).cells[0]!, 'p50');
    return value.measured ?? Number.NaN;
  };
  return await Promise.all(
    a.runs.map(async ({ source }, i) => ({
      order: rounds?.orders[i] ?? '',
      aUs: await p50(source),
      bUs: await p50(b.runs[i]!.source),
    })),
  );
}

/** A port of 127.0.0.1 that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
