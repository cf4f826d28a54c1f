import assert from 'node:assert/strict';
import { it } from 'node:test';
import { wsServer } from './local-server.js';
import { assertExit, COUNTED_RUN, runCli } from './run-cli.js';

it('connections leave from the local addresses of the profile in turn', async () => {
  const from = new Map<string, number>();
  const server = await wsServer({
    onConnection: (_ws, _ordinal, { socket }) => {
      const address = socket.remoteAddress!;
      from.set(address, (from.get(address) ?? 0) + 1);
    },
  });
  const profile = {
    target: { url: server.url },
    localAddresses: ['127.0.0.2-127.0.0.4'],
    load: [{ connections: 8, rate: 40 }],
    ...{ warmup: '0s', duration: '500ms', workers: 2 },
  };
  try {
    const run = await runCli([...COUNTED_RUN, 'p.json', '-q'], {
      files: { 'p.json': JSON.stringify(profile) },
    });
    assertExit(run, 0);
    // The canary is connection 0 as well.
    assert.deepEqual(Object.fromEntries([...from].sort()), { '127.0.0.2': 4, '127.0.0.3': 3, '127.0.0.4': 2 });
  } finally {
    await server.stop();
  }
});
