/** What a run serves while it runs: metrics that Debian's Prometheus scrapes, and its report as it grows. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { PROMETHEUS, skipWithout } from '../needs.js';
import { freePort, wsServer } from './local-server.js';
import { COUNTED_RUN, runCli } from './run-cli.js';

/** A run whose stderr is watched: `seen` resolves with what `pattern` catches in it first. */
function watchedRun(args: readonly string[], pattern: RegExp) {
  const interrupt = new AbortController();
  let text = '';
  let resolve: (found: string) => void = () => {};
  const seen = new Promise<string>((done) => {
    resolve = done;
  });
  const run = runCli(args, {
    signal: interrupt.signal,
    onStderr: (more) => {
      text += more;
      const found = pattern.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    },
  });
  return { run, seen, stop: () => interrupt.abort() };
}

async function startPrometheus(folder: string, scraped: string): Promise<{ child: ChildProcess; url: string }> {
  const config = path.join(folder, 'prometheus.yml');
  const targets = JSON.stringify([new URL(scraped).host]);
  await writeFile(
    config,
    `scrape_configs:\n  - { job_name: wsurge, scrape_interval: 200ms, scrape_timeout: 200ms, static_configs: [{ targets: ${targets} }] }\n`,
  );
  const address = `127.0.0.1:${await freePort()}`;
  const args = [`--config.file=${config}`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=${address}`];
  const child = spawn(PROMETHEUS, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  await new Promise<void>((resolve, reject) => {
    let log = '';
    child.stderr!.on('data', (chunk) => {
      log += String(chunk);
      if (log.includes('Server is ready')) resolve();
    });
    child.once('exit', () => reject(new Error(log)));
  });
  return { child, url: `http://${address}` };
}

async function query(url: string, expression: string): Promise<number | null> {
  const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
  const [first] = data.result;
  return first === undefined ? null : Number(first.value[1]);
}

test('Prometheus scrapes a run', { skip: await skipWithout('prometheus'), timeout: 120_000 }, async (t) => {
  const server = await wsServer();
  t.after(() => server.stop());
  const args = [...COUNTED_RUN, server.url, '-c', '3', '-R', '100', '-d', '60s', '-W', '0s', '--prometheus'];
  const { run, seen, stop } = watchedRun(args, /prometheus: (\S+)/);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'wsurge-prometheus-'));
  const prometheus = await startPrometheus(folder, await seen);
  t.after(async () => {
    prometheus.child.kill();
    await once(prometheus.child, 'exit');
    await rm(folder, { recursive: true });
  });
  // Ends by the test's own time-out where it never comes true.
  for (let answered: number | null = 0; (answered ?? 0) < 100; ) {
    answered = await query(prometheus.url, 'wsurge_messages_total{state="answered"}');
  }
  assert.equal(await query(prometheus.url, 'wsurge_connections_open'), 3);
  const p99 = await query(prometheus.url, 'wsurge_latency_seconds{quantile="0.99"}');
  assert.ok(p99 !== null && p99 > 0, `${p99}`);
  stop();
  assert.equal((await run).code, 105);
});

test('the dashboard shows a run as it goes on, and its report at the end', { timeout: 120_000 }, async (t) => {
  const server = await wsServer();
  t.after(() => server.stop());
  const args = [...COUNTED_RUN, server.url, '-c', '2', '-R', '50', '-d', '60s', '-W', '0s', '--dashboard=0'];
  const { run, seen, stop } = watchedRun(args, /dashboard: (\S+)/);
  const url = await seen;
  const page = await (await fetch(url)).text();
  assert.match(page, /connect-src 'self'/);
  assert.match(page, /RUNNING/);
  // Ends by the test's own time-out where the running cell is never shown.
  for (let cells: { id: string }[] = []; cells.length === 0; ) {
    const answer = await fetch(url);
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    cells = JSON.parse(/id="data">(.*?)<\/script>/s.exec(text)![1]!).runs[0].cells;
  }
  assert.equal((await fetch(new URL('/nowhere', url))).status, 404);
  assert.equal((await fetch(url, { method: 'POST' })).status, 405);
  let events = '';
  const stream = (await fetch(new URL('/events', url))).body!.pipeThrough(new TextDecoderStream());
  for await (const chunk of stream) {
    events += chunk;
    // The run goes on until it was seen to; when the dashboard tells more depends on how busy the machine is.
    if (events.includes('\n\n')) stop();
  }
  const said = [...events.matchAll(/^data: (\{.*\})$/gm)].map(([, json]) => JSON.parse(json!));
  const words: string[] = said.map(({ runs }) => runs[0].verdict.at(-1).word);
  assert.equal(words[0], 'RUNNING');
  assert.notEqual(words.at(-1), 'RUNNING');
  assert.match(events, /event: end\ndata:\n\n$/);
  const done = await run;
  assert.equal(done.code, 105, done.stderr);
  assert.equal(
    said.at(-1).runs[0].cells[0].quantiles.find(({ name }: { name: string }) => name === 'p50').response,
    done.result!.cells[0]!.flows[0]!.latencyUs.response!.p50,
  );
});

test('a port that is taken is refused before any load; neither is served unless asked for', async (t) => {
  const server = await wsServer();
  t.after(() => server.stop());
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  const run = await runCli([...COUNTED_RUN, server.url, '-d', '1s', '--prometheus', String(port)]);
  assert.equal(run.code, 104);
  assert.match(run.stderr, /--prometheus: cannot listen on 127\.0\.0\.1:/);
  assert.equal(run.folders, 0);
  const wrong = await runCli([...COUNTED_RUN, server.url, '--dashboard=here']);
  assert.equal(wrong.code, 104);
  assert.match(wrong.stderr, /"here" is no port/);
});
