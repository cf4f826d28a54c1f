import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { WsurgeError } from '../../../src/errors.js';
import { monotonicOriginUs } from '../../../src/server/faults/clock.js';
import { readTruthLog } from '../../../src/server/faults/read-truth-log.js';
import type { TruthEntry } from '../../../src/server/faults/truth-entry.js';
import { TruthFile } from '../../../src/server/faults/truth-file.js';

const folder = mkdtempSync(join(tmpdir(), 'wsurge-truth-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const START: TruthEntry = {
  kind: 'start',
  version: 1,
  startUs: 5,
  faults: ['drop:1%'],
  seed: 1,
  engine: 'ws',
  pid: 7,
};

function message(ordinal: number): TruthEntry {
  const [inUs, outUs] = [ordinal * 10, ordinal * 10 + 3];
  return { kind: 'message', connection: 0, ordinal, sequence: null, inUs, outUs, did: 'echo', copyUs: null, to: 0 };
}

test('what is written is read again, more than fits in one piece', async () => {
  const path = join(folder, 'whole.ndjson');
  const file = new TruthFile(path);
  const entries = [START, ...Array.from({ length: 3000 }, (_, i) => message(i))];
  for (const entry of entries) file.write(entry);
  await file.close();
  assert.deepEqual(await readTruthLog(path), entries);
});

test('instants are whole microseconds in the file', async () => {
  const path = join(folder, 'fractions.ndjson');
  const file = new TruthFile(path);
  file.write({ ...START, startUs: 5.4 } as TruthEntry);
  await file.close();
  assert.deepEqual(await readTruthLog(path), [START]);
});

test('a log whose server was killed ends with its last whole line', async () => {
  const path = join(folder, 'torn.ndjson');
  writeFileSync(path, `${JSON.stringify(START)}\n${JSON.stringify(message(0))}\n{"kind":"mess`);
  assert.deepEqual(await readTruthLog(path), [START, message(0)]);
});

test('what is no truth log is refused, with the line', async () => {
  const bad: Record<string, RegExp> = {
    '': /does not start like/,
    '{"kind":"message"}\n': /does not start like/,
    [`${JSON.stringify({ ...START, version: 2 })}\n`]: /version 1/,
    [`${JSON.stringify(START)}\nnot json\n`]: /:2 is damaged/,
    [`${JSON.stringify(START)}\n{"kind":"surprise"}\n`]: /:2 is not an entry/,
    [`${JSON.stringify(START)}\nnull\n`]: /:2 is not an entry/,
  };
  const path = join(folder, 'bad.ndjson');
  for (const [text, expected] of Object.entries(bad)) {
    writeFileSync(path, text);
    await assert.rejects(readTruthLog(path), expected, text);
  }
  await assert.rejects(readTruthLog(join(folder, 'absent')), /cannot be read/);
});

test('a file that cannot be made is an error at once', () => {
  for (const path of [join(folder, 'no', 'such', 'folder'), folder]) {
    assert.throws(
      () => new TruthFile(path),
      (error) => error instanceof WsurgeError && error.exitCode === 104 && error.message.includes(path),
    );
  }
});

test('a disk that fills up is told, and closing does not pretend', async (t) => {
  if (!existsSync('/dev/full')) return t.skip('this system has no /dev/full');
  const file = new TruthFile('/dev/full');
  file.write(START);
  assert.match((await file.failure).message, /ENOSPC/);
  file.write(message(0));
  await assert.rejects(file.close(), /ENOSPC/);
});

test('clocks of two processes lie on one axis', () => {
  const clock = new URL('../../../src/server/faults/clock.js', import.meta.url).href;
  const script = `import { monotonicOriginUs } from ${JSON.stringify(clock)};
    process.stdout.write(String(performance.now() * 1000 + monotonicOriginUs()));`;
  const nowUs = () => performance.now() * 1000 + monotonicOriginUs();
  const beforeUs = nowUs();
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  const theirsUs = Number(stdout);
  assert.ok(beforeUs < theirsUs && theirsUs < nowUs(), `${beforeUs} < ${theirsUs} < ${nowUs()}`);
  const fromUs = nowUs();
  const hrtimeUs = Number(process.hrtime.bigint()) / 1000;
  // The origin was found to within the moment that reading two clocks takes.
  assert.ok(fromUs - 1000 < hrtimeUs && hrtimeUs < nowUs() + 1000, `${fromUs} < ${hrtimeUs}`);
});
