import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ArgumentError } from '../../bench/arguments.js';
import { lookAtMachine } from '../../bench/machine.js';
import { peerContestants } from '../../bench/peers/contestant.js';
import { PEERS, peerAt } from '../../bench/peers/known.js';
import type { PeerLoad } from '../../bench/peers/peer.js';
import { EchoServer } from '../../bench/served.js';

const closed: PeerLoad = { kind: 'closed', connections: 100 };
const open: PeerLoad = { kind: 'open', connections: 100, rate: 50_000 };
const run = { url: 'ws://127.0.0.1:1234/', seconds: 8, folder: '/a/folder' };

describe('what each tool is given', () => {
  it('k6: a script with a user for each connection and an end', () => {
    const { args, files } = PEERS['k6']!.plan(closed, run);
    const [script] = Object.keys(files);
    assert.deepEqual(args.at(-1), join('/a/folder', script!));
    for (const part of ['vus: 100,', `ws.connect('${run.url}'`, 'socket.close(), 8000', 'Uint8Array(64)']) {
      assert.ok(files[script!]!.includes(part), part);
    }
  });

  it('tcpkali: a rate for each connection', () => {
    const { args, files } = PEERS['tcpkali']!.plan(open, run);
    const text = args.join(' ');
    for (const part of ['--connections 100', '--message-rate 500 ', `--message ${'x'.repeat(64)} `, '--duration 8s']) {
      assert.ok(text.includes(part), part);
    }
    assert.equal(args.at(-1), '127.0.0.1:1234');
    assert.deepEqual(files, {});
  });

  it('Artillery: a script whose loop ends by the clock', () => {
    const { args, files } = PEERS['artillery']!.plan(closed, run);
    const [script, processor] = Object.entries(files);
    assert.equal(args.at(-1), join('/a/folder', script![0]));
    const { config, scenarios } = JSON.parse(script![1]);
    assert.equal(config.target, run.url);
    assert.deepEqual(config.phases, [{ duration: 1, arrivalCount: 100 }]);
    assert.equal(config.processor, `./${processor![0]}`);
    assert.equal(scenarios[0].flow[0].loop[0].send.payload.length, 64);
    assert.ok(processor![1].includes(`function ${scenarios[0].flow[0].whileTrue}(`));
    assert.ok(processor![1].includes('+ 8000;'));
  });

  it('any other: where to, how many, how long, how large, how fast', () => {
    const { plan } = PEERS['command']!;
    assert.deepEqual(plan(closed, run).args, [run.url, '100', '8', '64', '0']);
    assert.deepEqual(plan(open, run).args, [run.url, '100', '8', '64', '50000']);
  });
});

/** Stands in for any of them: sends ten messages to the address it finds in its arguments, or in the file they name. */
const FAKE_TOOL = `#!${process.execPath}
const { existsSync, readFileSync } = require('node:fs');
const WebSocket = require(${JSON.stringify(join(import.meta.dirname, '../../../node_modules/ws'))});

if (process.argv[2].includes('version')) process.exit(0);
const words = process.argv.slice(2).map((word) => (existsSync(word) ? readFileSync(word, 'utf8') : word));
const [address] = /127\\.0\\.0\\.1:\\d+/.exec(words.join(' '));
const socket = new WebSocket('ws://' + address);
let replies = 0;
socket.on('open', () => socket.send('x'));
socket.on('message', () => (++replies < 10 ? socket.send('x') : socket.close()));
`;

describe('a tool given by path', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wsurge-peers-'));
  const program = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o755 });
    return path;
  };
  const fake = program('fake', FAKE_TOOL);
  const machine = lookAtMachine();
  let server: EchoServer;
  before(async () => {
    server = await EchoServer.start(machine, false);
  });
  after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });
  const roundOf = (name: string, path: string, load: PeerLoad) => {
    const [contestant, ...others] = peerContestants([peerAt(name, path)], load, (life) => ({ ...life }));
    assert.deepEqual(others, []);
    return contestant!.run({ machine, server, seconds: 0.1 });
  };

  for (const [name, load] of [
    ['k6', closed],
    ['artillery', closed],
    ['tcpkali', open],
    ['command', open],
  ] as const) {
    it(`runs as ${name}, and the server counts its messages`, async () => {
      const { metrics } = await roundOf(name, fake, load);
      assert.equal(metrics['messages'], 10);
      assert.ok(metrics['userSeconds']! > 0);
    });
  }

  it('is left out of a load it cannot make', () => {
    assert.deepEqual(
      peerContestants([peerAt('tcpkali', fake)], closed, () => ({})),
      [],
    );
  });

  it('that fails is quoted', async () => {
    const failing = program('failing', '#!/bin/sh\necho "no such option" >&2\nexit 3\n');
    await assert.rejects(roundOf('command', failing, open), /exit code 3\nno such option/);
  });

  it('that sends nothing is no contestant', async () => {
    await assert.rejects(roundOf('command', program('idle', '#!/bin/sh\n'), open), /sent no message/);
  });

  it('is refused where nothing there runs, with the names that are known', () => {
    const refused = (path: string) => {
      assert.throws(
        () => peerAt('k6', path),
        (error) => error instanceof ArgumentError && /known: k6, tcpkali, artillery, command/.test(error.message),
      );
    };
    refused(join(folder, 'missing'));
    refused(program('refusing', '#!/bin/sh\nexit 1\n'));
    refused(program('broken', '#!/no/such/interpreter\n'));
  });
});
