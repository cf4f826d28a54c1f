import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { further } from '../share.js';
import { wsServer } from './local-server.js';
import { writeMemoryServer } from './memory-server.js';
import { assertExit, runCli } from './run-cli.js';

const KEPT_BYTES = 400_000;

/** Bytes are no time: how busy the machine is does not change what 100 connections keep, 40 MB. */
test('memory per connection has a value: what a server keeps for each connection, told by the benchmark table', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'wsurge-memory-'));
  try {
    const target = await writeMemoryServer(folder, KEPT_BYTES);
    const profile = {
      ...{ name: 'memory', target, warmup: '0s', duration: '1s' },
      load: [{ name: 'load', connections: 100, rate: '20/s' }],
      reply: { timeout: '10s' },
      thresholds: {
        server_rss_per_connection: [{ threshold: 'value<1MB', title: 'Server memory per connection', gate: false }],
      },
    };
    const run = await runCli(['run', 'memory.json', '--no-instrument-check'], {
      files: { 'memory.json': JSON.stringify(profile) },
    });
    assertExit(run, 0);
    const idle = run.result?.idleMemory;
    assert.ok(idle?.status === 'measured', run.stderr);
    assert.deepEqual(
      idle.steps.map(({ asked, held }) => [asked, held]),
      [0, 25, 50, 75, 100].map((connections) => [connections, connections]),
    );
    assert.ok(idle.server.bytes > 0.8 * KEPT_BYTES && idle.server.bytes < 1.5 * KEPT_BYTES, `${idle.server.bytes}`);
    assert.match(run.stdout, /Server memory per connection +[\d.]+ KB/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a server that takes only some of the connections is measured by those', further, async () => {
  const server = await wsServer({ takes: (socket, ordinal) => ordinal > 50 && socket.destroy().destroyed });
  try {
    const run = await runCli(['run', 'few.json', '--no-instrument-check'], {
      files: {
        'few.json': JSON.stringify({
          ...{ name: 'few', warmup: '0s', duration: '1s', idleMemory: true },
          target: { url: server.url, pid: process.pid },
          load: [{ name: 'load', connections: 100, rate: '20/s' }],
        }),
      },
    });
    const idle = run.result?.idleMemory;
    assert.equal(idle?.status, 'measured', run.stderr);
    // The canary was the first of the 51 that the server lets in.
    const held = idle?.steps.map((step) => step.held);
    assert.deepEqual(held, [0, 25, 50, 50]);
  } finally {
    await server.stop();
  }
});
