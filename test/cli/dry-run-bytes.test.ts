/** `--dry-run` of searches and comparisons shows what a connection would say, as that of a run does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCli } from '../e2e/run-cli.js';

const TALK = `
target: { url: ws://127.0.0.1:9/ }
protocol: { name: socket.io, auth: { token: '\${secret:TOKEN}' } }
requests: [{ name: say, to: say, send: ['{{sequence}}'], expect: { ok: true } }]
load: [{ name: chat, connections: 10, rate: 10/s, warmup: 0s, duration: 2s }]
`;
const OPTIONS = { files: { 'talk.yaml': TALK }, env: { TOKEN: 'do-not-show-this' } };
const STEP = /step connect\n +sends +40\{"token":"\*\*\*"\}\n +expects +a message that begins with 40/;
const REQUEST = /request say\n +sends +421000000000\["say",1000000000\]\n +expects +a reply that .*holds \{"ok":true\}/;

for (const [command, args, counts] of [
  ['capacity', ['talk.yaml', '--axis', 'rate'], false],
  ['ab', ['talk.yaml', '--a', 'ws://127.0.0.1:9/', '--b', 'ws://127.0.0.1:8/'], true],
] as const) {
  test(`wsurge ${command}: the bytes of each step and request, secrets struck out`, async () => {
    const run = await runCli([command, ...args, '--dry-run'], OPTIONS);
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stdout, STEP);
    assert.match(run.stdout, REQUEST);
    // The steps of a search differ.
    assert.equal(/planned +\d+ messages/.test(run.stdout), counts);
    assert.match(run.stdout, /nothing was sent: this was a dry run/);
    const json = await runCli([command, ...args, '--dry-run', '--json'], OPTIONS);
    assert.match(json.stdout, /421000000000\[\\"say\\",1000000000\]/);
    for (const { stdout } of [run, json]) assert.doesNotMatch(stdout, /do-not-show/);
  });

  test(`wsurge ${command}: a plain message is not shown`, async () => {
    const plain = {
      files: {
        'talk.yaml': TALK.split('\n')
          .filter((line) => !/protocol|requests/.test(line))
          .join('\n'),
      },
    };
    const run = await runCli([command, ...args, '--dry-run'], plain);
    assert.equal(run.code, 0, run.stderr);
    assert.doesNotMatch(run.stdout, /what connection 0 says/);
  });
}
