/** A load that is sent to many, from a real run to every file: what the server did is what the reports say. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { WebSocket } from 'ws';
import type { ResultDocument } from '../../src/documents/result-document.js';
import { further } from '../share.js';
import { type LocalServer, wsServer } from './local-server.js';
import { COUNTED_RUN, runCli } from './run-cli.js';
import { type SpawnedCli, spawnCli } from './spawn-cli.js';

const LIMIT = { timeout: 180_000 };
const FORMATS = 'html,md,junit,csv,hgrm,json';
const WORST = 3;

interface Hub extends LocalServer {
  /** Messages that were sent to all, the test connection's included. */
  readonly published: () => number;
  /** Deliveries to connection 3 that were left out. */
  readonly dropped: () => number;
}

/** Sends every message to all who joined; each tenth is not sent to connection 3. */
async function hub(): Promise<Hub> {
  const members = new Map<WebSocket, number>();
  const counts = { published: 0, dropped: 0 };
  const server = await wsServer({
    onMessage: (ws, data) => {
      const message = JSON.parse(data.toString()) as { type: string; n?: number };
      if (message.type === 'join') {
        members.set(ws, message.n!);
        ws.on('close', () => members.delete(ws));
        ws.send('{"type":"joined"}');
        return;
      }
      const isTenth = counts.published++ % 10 === 5;
      for (const [member, n] of members) {
        if (isTenth && n === WORST) counts.dropped++;
        else member.send(data.toString().replace('"say"', '"said"'));
      }
    },
  });
  return { ...server, published: () => counts.published, dropped: () => counts.dropped };
}

const profile = (cells: string) => `
session: [{ send: { type: join, n: '{{connection}}' }, expect: { type: joined } }]
when: [{ has: '"said"', delivers: say }]
warmup: 0s
load:
${cells}
`;
const SAY = `requests: [{ name: say, send: { type: say, id: '{{sequence}}' }, reaches: all, reply: none }]`;

/** The only folder of results. */
async function folderOf(cli: SpawnedCli): Promise<string> {
  const results = path.join(cli.cwd, 'results');
  const [name] = await readdir(results);
  return path.join(results, name!);
}

async function filesOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => !['run.json', 'intervals.ndjson'].includes(name));
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(path.join(folder, name), 'utf8')] as const)),
  );
}

/** The reports of the folder made anew, in all formats. */
async function madeAnew(cli: SpawnedCli, folder: string): Promise<Record<string, string>> {
  const place = path.join(cli.cwd, 'anew');
  await mkdir(place);
  const { code, stderr } = await runCli(['report', folder, '--format', FORMATS, '-o', place]);
  assert.equal(code, 0, stderr);
  return await filesOf(place);
}

async function started(t: TestContext, server: Hub, cells: string): Promise<SpawnedCli> {
  const args = [...COUNTED_RUN, 'p.yaml', '--target', server.url, '-w', '2', '--format', FORMATS];
  return await spawnCli(t, args, { 'p.yaml': profile(cells) });
}

test('what the server left out is missed by that connection, in every file, and made anew', LIMIT, async (t) => {
  const server = await hub();
  t.after(() => server.stop());
  const cli = await started(t, server, `  - { name: room, connections: 10, rate: 50/s, duration: 2s, ${SAY} }`);
  await cli.exit;
  const folder = await folderOf(cli);
  const files = await filesOf(folder);
  const [cell] = (JSON.parse(files['result.json']!) as ResultDocument).cells;
  const [fanout] = cell!.fanout!;
  // One message is of the test connection.
  const [messages, missed] = [server.published() - 1, server.dropped()];
  assert.ok(missed > 0);
  assert.deepEqual(
    [fanout!.name, fanout!.reaches, fanout!.messages.sent, fanout!.messages.reachedAll],
    ['say', 'all', messages, messages - missed],
  );
  const { expected, delivered, gone } = fanout!.deliveries;
  assert.deepEqual(
    [expected, delivered, fanout!.deliveries.missed, gone],
    [...[messages * 10, messages * 10 - missed, missed, 0]],
  );
  assert.deepEqual(cell!.subscribers!.worst, [{ connection: WORST, delivered: messages - missed, owed: messages }]);
  assert.deepEqual(cell!.laws, []);
  const told = cell!.seconds.reduce((sum, second) => sum + second.delivered!, 0);
  assert.equal(told, delivered);

  assert.match(files['report.md']!, new RegExp(`connection ${WORST} with ${messages - missed} of ${messages} `));
  assert.match(files['report.html']!, /"fanoutCurves":\[\]/);
  const [head, row] = files['fanout.csv']!.split('\r\n').map((line) => line.split(','));
  const value = (name: string) => Number(row![head!.indexOf(name)]);
  assert.deepEqual([value('expected'), value('delivered'), value('missed')], [expected, delivered, missed]);
  assert.match(files['room-c10-r50-say-deliver.hgrm']!, new RegExp(`missed and not in it: ${missed}\\]`));

  assert.deepEqual(await madeAnew(cli, folder), files);
});

test('a killed run has the deliveries of its whole cells, and of the others what is on the disk', {
  ...LIMIT,
  ...further,
}, async (t) => {
  const server = await hub();
  t.after(() => server.stop());
  const cells = [
    `  - { name: room, connections: 10, rate: 50/s, duration: 1s, ${SAY} }`,
    `  - { name: long, connections: 10, rate: 50/s, duration: 10m, ${SAY} }`,
  ];
  const cli = await started(t, server, cells.join('\n'));
  for (;;) {
    const lines = await folderOf(cli)
      .then((folder) => readFile(path.join(folder, 'intervals.ndjson'), 'utf8'))
      .catch(() => '');
    if (lines.split('\n').some((line) => line.includes('"cell":"long/') && /"deliver":\[\d/.test(line))) break;
    assert.equal(cli.process.exitCode, null, cli.stderr());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  cli.process.kill('SIGKILL');
  await cli.exit;
  const files = await madeAnew(cli, await folderOf(cli));
  const [room, long] = (JSON.parse(files['result.json']!) as ResultDocument).cells;
  const { expected, delivered, missed } = room!.fanout![0]!.deliveries;
  const sent = room!.flows[0]!.messages.sent;
  assert.deepEqual([expected, delivered + missed], [sent * 10, sent * 10]);
  assert.ok(missed > 0 && long!.fanout![0]!.deliveries.delivered > 0);
  assert.match(files['report.md']!, /## room · say/);
  assert.equal(files['fanout.csv']!.trimEnd().split('\r\n').length, 3);
});
