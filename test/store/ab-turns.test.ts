import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { readTurns, TURNS_FILE, type TurnLine, turnsText } from '../../src/store/ab-turns.js';

function folder(t: TestContext): string {
  const root = mkdtempSync(path.join(os.tmpdir(), 'wsurge-turns-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

const TURN: TurnLine = {
  ...{ round: 1, side: 'a', attempt: 1, invalid: null, failures: ['lost: 3'], wasKilled: false, tookMs: 12 },
  ended: { how: 'gone', text: 'took no more connections' },
  folder: 'rounds/2026-11-24T10-15-30Z-01-a',
};

test('turns come back as they were written', async (t) => {
  const root = folder(t);
  writeFileSync(path.join(root, TURNS_FILE), turnsText([TURN, { ...TURN, side: 'b', ended: null }]));
  assert.deepEqual(
    (await readTurns(root)).map(({ side, ended, failures }) => [side, ended?.how ?? null, failures]),
    [
      ['a', 'gone', ['lost: 3']],
      ['b', null, ['lost: 3']],
    ],
  );
});

test('what somebody made by hand is refused with file and line, a folder elsewhere among it', async (t) => {
  const root = folder(t);
  const good = turnsText([TURN]);
  for (const [text, said] of [
    [`${good}{"v":1}\n`, /turns\.ndjson: line 2: round/],
    [`${good}{\n`, /line 2 is damaged: it is not JSON/],
    [good.replace('"v":1', '"v":9'), /line 1: v/],
    [good.replace('rounds/2026', '../../etc/2026'), /line 1: folder/],
    [good.replace('rounds/2026', 'rounds/../../2026'), /line 1: folder/],
    [good.replace('rounds/2026-11-24T10-15-30Z-01-a', 'rounds/..'), /line 1: folder/],
  ] as const) {
    writeFileSync(path.join(root, TURNS_FILE), text);
    await assert.rejects(readTurns(root), said);
  }
  await assert.rejects(readTurns(path.join(root, 'none')), /there is no such file/);
});
