import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { parseCheck } from '../../src/documents/check-schema.js';
import { TempScripts } from '../target/scripts-fixture.js';
import { runCli } from './run-cli.js';

const scripts = new TempScripts();
after(() => scripts.remove());

/** An echo on a unix socket that does this with an error of a connection. */
const source = (path: string, onError: string) => `
import { WebSocketServer } from ${JSON.stringify(import.meta.resolve('ws'))};
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
const server = createServer((_, response) => response.writeHead(426).end());
new WebSocketServer({ server }).on('connection', (ws) => {
  ws.on('error', (error) => ${onError});
  ws.on('message', (data, binary) => ws.send(data, { binary }));
});
// The one before was ended by a signal and left it.
rmSync(${JSON.stringify(path)}, { force: true });
server.listen(${JSON.stringify(path)});
`;

/** How these checks end for a server that wsurge started, by id, with their reasons. */
async function ends(name: string, onError: string, only: string): Promise<string[]> {
  const path = join(scripts.folder, `${name}.sock`);
  const script = scripts.write(`${name}.mjs`, source(path, onError));
  const target = { command: `'${process.execPath}' '${script}'`, url: `ws+unix:${path}:/` };
  const profile = JSON.stringify({ target, load: [{ connections: 1, rate: 1 }] });
  const run = await runCli(['check', 'profile.yaml', '--quick', '--only', only, '--json'], {
    files: { 'profile.yaml': profile },
  });
  const { scenarios } = parseCheck(JSON.parse(run.stdout));
  return scenarios.flatMap(({ checks }) =>
    checks.map((check) => `${check.id} ${check.status}${'reason' in check ? `: ${check.reason}` : ''}`),
  );
}

it('a server that wsurge starts passes a restart, and garbage where it prints no stack trace', async () => {
  assert.deepEqual(await ends('quiet', 'ws.terminate()', '6.4,8.11'), ['6.4 passed', '8.11 passed']);
});

it('a stack trace that garbage leaves on stderr fails 8.11', async () => {
  const [only] = await ends('noisy', 'console.error(error)', '8.11');
  assert.match(only!, /^8\.11 failed: RangeError: Invalid WebSocket frame: .* \| at Receiver/);
});
