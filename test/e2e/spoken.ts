/** Runs against real servers that speak a protocol and count what they saw. */
import assert from 'node:assert/strict';
import type { CellResult } from '../../src/metrics/cell-result.js';
import type { Peer } from '../peers/child-peer.js';
import { type CliOptions, type CliRun, COUNTED_RUN, runCli } from './run-cli.js';

export interface SpokenRun extends CliRun {
  readonly cell: CellResult;
}

/** Runs a profile, in which `PORT` stands for the port of the peer. It must have measured one cell. */
export async function speak(
  { port }: Peer,
  profile: string,
  args: readonly string[] = [],
  options: CliOptions = {},
): Promise<SpokenRun> {
  const files = { ...options.files, 'talk.yaml': profile.replaceAll('PORT', `${port}`) };
  const run = await runCli([...COUNTED_RUN, 'talk.yaml', ...args], { ...options, files });
  const cell = run.result?.cells[0];
  assert.ok(cell !== undefined, `${run.code}: ${run.stderr}`);
  assert.deepEqual(cell.laws, []);
  return { ...run, cell: cell as CellResult };
}

/** What the peer counted so far. */
export async function countsOf<Counts>({ port }: Peer): Promise<Counts> {
  const response = await fetch(`http://127.0.0.1:${port}/counts`);
  return (await response.json()) as Counts;
}

/** Counters of the measured messages, those that were asked for. */
export function counters<Name extends keyof CellResult['flows'][0]['messages']>(
  { flows }: CellResult,
  ...names: readonly Name[]
): Record<string, number> {
  const { messages } = flows[0]!;
  return Object.fromEntries(names.map((name) => [name, messages[name]]));
}

/**
 * Every planned message was sent and answered well, and nothing else came. A machine too busy to measure on may not have
 * sent all of them in time: then those that were sent were.
 */
export function assertAllWell({ cell, result }: SpokenRun, planned: number): void {
  const { messages } = cell.flows[0]!;
  const { sent, answered, failed, duplicated, unexpected } = messages;
  assert.deepEqual([messages.planned, failed, duplicated, unexpected], [planned, 0, 0, 0]);
  assert.equal(answered, sent);
  assert.ok(sent === planned || result!.verdict.validity === 'invalid', `${sent} of ${planned} sent`);
}

/** How many messages were sent in all, those of the warm-up included. */
export function sentIn({ flows }: CellResult): number {
  return flows[0]!.messages.sent + flows[0]!.warmup.sent;
}

/** Connections close as soon as the last reply is there, but not before the grace is over. */
const GRACE_US = 100_000;

/** Whether replies took so long that connections may have closed before what follows the last of them came. */
export function isCutShort({ flows }: CellResult): boolean {
  return (flows[0]!.latencyUs.response?.max ?? Number.POSITIVE_INFINITY) > GRACE_US;
}

/** How often each rule of the wire was about a message, at any time. */
export function ruledOf({ ruled = [] }: CellResult): Record<string, number> {
  return Object.fromEntries(ruled.map(({ name, count }) => [name, count]));
}

/** The planned messages of each request, by name. */
export function plannedOf({ requests = [] }: CellResult): Record<string, number> {
  return Object.fromEntries(requests.map(({ name, messages }) => [name, messages.planned]));
}
