/** What a profile may say, an agent takes: every cell that the documents and the ready-made profiles lead to. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, it } from 'node:test';
import { readOrder } from '../../src/fleet/order-shape.js';
import { cellsOf, preWarmCell } from '../../src/plan/cells.js';
import { parseProfile } from '../../src/profile/parse.js';
import { PROTOCOL_NAMES } from '../../src/profile/protocols.js';
import { blocksOf, pagesOf } from '../house/pages.js';
import { projectFiles } from '../house/project.js';
import { prepareOf, shardWith } from './agent-fixture.js';

const ENV = { TOKEN: 'a-token', NATS_URL: 'tls://bus.example.com:4222' };
const FILES: Readonly<Record<string, string>> = { 'users.csv': 'name,secret\nann,s\n', 'chat.ts': '' };
const PROFILES = new URL('../../../profiles/', import.meta.url);

/** At the limits of what may be written. */
const EDGES = `
load:
  - { name: open, connections: 1000000, ratePerConnection: 1/s }
  - { name: ramp, connections: { from: 1, to: 1000000 }, rate: { from: 0/s, to: 1000000/s } }
  - { name: closed, model: closed, connections: 1, inFlight: 10000, think: 1h, maxInFlight: 4194304 }
  - { name: listen, model: listen, connections: 5, keepAlive: 100ms, lifetime: 100ms, connectRate: 100000/s }
  - name: sizes
    connections: 3
    rate: 0.01/s
    message: { size: [{ size: 0, weight: 1 }, { size: 1MiB, weight: 0.001 }], format: binary }
    reply: { match: none, timeout: 10m }
    lifetime: { exponential: 168h }
    reconnect: { policy: backoff, base: 1ms, cap: 1h, jitter: none }
    events: [{ at: 0s, disconnect: 100% }, { at: 167h, disconnect: 1% }]
    warmup: 1h
    duration: 168h
    drain: 1h
    connectRate: 0.1/s
    connectTimeout: 10m
target: { url: ws://127.0.0.1:9001/ }
seed: 4294967295
`;

function textsOf(): Map<string, string> {
  const pages = new Map([...pagesOf(projectFiles())].filter(([path]) => /^(README\.md$|docs\/guide\/)/.test(path)));
  const blocks = blocksOf(pages, 'yaml').filter(({ text }) => /^load:/m.test(text));
  return new Map([
    ...blocks.map(({ place, text }) => [place, text] as const),
    ...readdirSync(PROFILES).map((name) => [name, readFileSync(new URL(name, PROFILES), 'utf8')] as const),
    ['the limits', EDGES],
  ]);
}

describe('the order to prepare a cell of a profile', () => {
  const protocols = new Set<string>();
  for (const [place, text] of textsOf()) {
    it(`is taken: ${place}`, () => {
      const readText = (file: string) => FILES[basename(file)] ?? assert.fail(`${file} is named`);
      const { profile } = parseProfile({ kind: 'file', path: place, text }, { env: ENV, readText });
      const cells = cellsOf(profile);
      const preWarm = preWarmCell(cells);
      for (const cell of [...cells, ...(preWarm === null ? [] : [preWarm])]) {
        protocols.add(cell.wire?.protocol ?? 'none');
        const body = { run: 'r', epoch: 1, order: prepareOf(shardWith({ cell })) };
        const decoded: unknown = JSON.parse(JSON.stringify(body));
        assert.equal(readOrder(decoded), decoded);
      }
    });
  }

  it('is taken for every protocol', () => assert.deepEqual([...protocols].sort(), [...PROTOCOL_NAMES].sort()));
});
