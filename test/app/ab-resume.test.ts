import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { askedOf, resume, turnLine } from '../../src/app/ab-resume.js';
import type { AbTurn } from '../../src/app/ab-turn.js';
import { Redactor } from '../../src/documents/redaction/redact.js';
import { WsurgeError } from '../../src/errors.js';
import { jsonReporter } from '../../src/report/run/json.js';
import { TURNS_FILE, turnsText } from '../../src/store/ab-turns.js';
import { request, SECRET, stateOf } from '../cli/ab-fixture.js';

const root = mkdtempSync(path.join(os.tmpdir(), 'wsurge-resume-'));
after(() => rmSync(root, { recursive: true, force: true }));
const redactor = new Redactor([SECRET]);

const FACTS = {
  labels: {},
  tool: { name: 'wsurge', version: '1.2.3' },
  environment: { generators: [{ cpu: 'c', cores: 2, kernel: 'k', node: 'v20' }] },
  target: {},
  profile: { seed: 1, load: [{ rate: 10 }], thresholds: [] },
  planHash: 'abc',
  seed: 1,
  workers: 1,
  asked: askedOf(request, redactor),
};

let folders = 0;

/** A comparison that was interrupted after these turns. */
function interrupted(turns: readonly AbTurn[], some: object = {}): string {
  const folder = path.join(root, String(++folders));
  const record = { schemaVersion: 1, runId: 'x', status: 'interrupted', startedAt: '2026-11-24T10:15:30.000Z' };
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'run.json'), JSON.stringify({ ...record, ...FACTS, ...some }));
  writeFileSync(path.join(folder, TURNS_FILE), turnsText(turns.map((turn) => turnLine(turn, redactor))));
  for (const { folder: below, run } of turns) {
    mkdirSync(path.join(folder, below), { recursive: true });
    writeFileSync(path.join(folder, below, 'result.json'), jsonReporter.render(run));
  }
  return folder;
}

const TURNS = stateOf(3).turns;

async function names(folder: string): Promise<string[]> {
  return (await resume(folder, 'x', FACTS)).turns.map(({ turn }) => `${turn.round}${turn.side}${turn.attempt}`);
}

test('whole rounds are kept with all that was known of them, half a round is not', async () => {
  const [first] = TURNS;
  const odd = [{ ...first!, failures: [`it said ${SECRET}`], wasKilled: true, tookMs: 1234 }, ...TURNS.slice(1, 5)];
  const { turns, createdAt } = await resume(interrupted(odd), 'x', FACTS);
  assert.deepEqual(
    turns.map(({ turn }) => turn),
    TURNS.slice(0, 4).map(({ turn }) => turn),
  );
  assert.deepEqual([turns[0]!.failures, turns[0]!.wasKilled, turns[0]!.tookMs], [['it said ***'], true, 1234]);
  assert.deepEqual(turns[0]!.run, JSON.parse(jsonReporter.render(first!.run)));
  assert.equal(createdAt.toISOString(), '2026-11-24T10:15:30.000Z');
});

test('a round that was given up stays given up; one whose first try failed is whole', async () => {
  const invalid = 'client_rate: x';
  const [a, b] = TURNS;
  const again = (turn: AbTurn, attempt: number, some: Partial<AbTurn>): AbTurn => ({
    ...turn,
    ...some,
    turn: { ...turn.turn, attempt },
    folder: `${turn.folder}-${attempt}`,
  });
  const side = (turn: AbTurn) => turn.turn.side;
  assert.deepEqual(await names(interrupted([again(a!, 1, { invalid }), again(a!, 2, { invalid })])), [
    `1${side(a!)}1`,
    `1${side(a!)}2`,
  ]);
  assert.equal((await names(interrupted([again(a!, 1, { invalid }), again(a!, 2, {}), b!]))).length, 3);
  assert.deepEqual(await names(interrupted([again(a!, 1, { invalid })])), []);
});

test('agents may be others, in another order, if they are as many and of the same kind', async () => {
  const [machine] = FACTS.environment.generators;
  const fleet = (...kinds: readonly (readonly [agent: string, cpu: string])[]) => ({
    environment: {
      generators: [{ ...machine, cpu: 'laptop' }, ...kinds.map(([agent, cpu]) => ({ ...machine, agent, cpu }))],
    },
  });
  const folder = interrupted(TURNS, fleet(['one', 'Xeon'], ['two', 'Epyc'], ['three', 'Xeon']));
  const now = (environment: object) => resume(folder, 'x', { ...FACTS, ...environment });
  const other = fleet(['nine', 'Epyc'], ['ten', 'Xeon'], ['eleven', 'Xeon']);
  other.environment.generators[0]!.cpu = 'another laptop';
  assert.equal((await now(other)).turns.length, TURNS.length);
  for (const [environment, said] of [
    [
      fleet(['one', 'Xeon'], ['two', 'Epyc'], ['three', 'Epyc']),
      /^cpu is 2 x Epyc, Xeon; .* began with Epyc, 2 x Xeon$/,
    ],
    [fleet(['one', 'Xeon'], ['two', 'Epyc']), /^number of agents is 2; .* began with 3$/],
    [{}, /^number of agents is 0; .* began with 3$/],
  ] as const) {
    const error: unknown = await now(environment).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof WsurgeError && error.exitCode === 104);
    assert.equal(error.problems[0]!.where, 'the agents');
    assert.match(error.problems[0]!.message, said);
  }
});

test('each thing that differs is named, with what to do', async () => {
  const cases: readonly (readonly [some: object, where: string, said: RegExp])[] = [
    [{ status: 'complete' }, 'x', /is complete/],
    [{ asked: undefined }, 'x', /is no comparison that can go on/],
    [{ asked: { ...FACTS.asked, b: 'node c.js' } }, '--b', /^is node b\.js; the comparison began with node c\.js$/],
    [{ profile: { ...FACTS.profile, load: [{ rate: 20 }] } }, 'profile load.0.rate', /^is 10; .* began with 20$/],
    [{ planHash: 'other' }, 'profile', /plans another load/],
    [{ tool: { name: 'wsurge', version: '1.0.0' } }, 'this machine', /^wsurge is 1\.2\.3; .* began with 1\.0\.0$/],
    [
      { environment: { generators: [{ ...FACTS.environment.generators[0], cores: 64 }] } },
      'this machine',
      /^cores is 2/,
    ],
  ];
  for (const [some, where, said] of cases) {
    const error: unknown = await resume(interrupted(TURNS, some), 'x', FACTS).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof WsurgeError, where);
    assert.equal(error.exitCode, 104);
    assert.equal(error.problems.length, 1, JSON.stringify(error.problems));
    assert.equal(error.problems[0]!.where, where);
    assert.match(error.problems[0]!.message, said);
    assert.ok((error.problems[0]!.hint ?? '') !== '');
  }
});
