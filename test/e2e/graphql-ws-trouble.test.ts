import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { skipWithout } from '../needs.js';
import { nodePeer, type Peer } from '../peers/child-peer.js';
import { runCli } from './run-cli.js';
import { countsOf } from './spoken.js';

interface Counts {
  readonly operations: number;
  readonly closes: Readonly<Record<string, number>>;
}

interface Trouble {
  readonly what: string;
  readonly profile: string;
  readonly exit: 103 | 104;
  readonly says: RegExp;
  readonly counts: Counts;
}

const GOOD = 'protocol: { name: graphql-ws, payload: { token: good } }';
const ASK =
  "load: [{ connections: 3, rate: 10/s, duration: 1s, requests: [{ name: ask, send: { query: '{ hello } # {{sequence}}' } }] }]";

/** Nothing of these goes further than the test connection. */
const TROUBLES: readonly Trouble[] = [
  {
    what: 'a server that closes in the session',
    profile: `${GOOD}\nsession: [{ name: login, send: { query: '{ close }' } }]\n${ASK}`,
    ...{ exit: 103, says: /login.*4400 \(invalid message\)/s, counts: { operations: 1, closes: { 4400: 1 } } },
  },
  {
    what: 'a query of the session that the server does not know',
    profile: `${GOOD}\nsession: [{ name: login, send: { query: '{ nope }' } }]\n${ASK}`,
    ...{ exit: 103, says: /login.*GRAPHQL_ERROR/s, counts: { operations: 1, closes: { 1000: 1 } } },
  },
  {
    what: 'a subscription of the session that the server refuses, noticed in the next step',
    profile: `${GOOD}\nsession:\n  - { subscribe: { query: 'subscription { nope }' } }\n  - { send: { query: '{ hello }' } }\n${ASK}`,
    ...{ exit: 103, says: /Cannot query field/, counts: { operations: 2, closes: { 1000: 1 } } },
  },
  {
    what: 'a request that fails',
    profile: `${GOOD}\n${ASK.replace('{ hello }', '{ nope }')}`,
    ...{ exit: 104, says: /Cannot query field/, counts: { operations: 1, closes: { 1000: 1 } } },
  },
];

describe('graphql-ws with trouble', { skip: await skipWithout('graphqlWs') }, () => {
  for (const { what, profile, exit, says, counts } of TROUBLES) {
    it(`${what} is named, before any load`, async () => {
      const peer = await nodePeer('graphql_ws_counted.mjs');
      try {
        const { code, stderr } = await refused(peer, profile);
        assert.match(stderr, says);
        assert.equal(code, exit, stderr);
        const found = await countsOf<Counts>(peer);
        assert.equal(found.operations, counts.operations);
      } finally {
        await peer.stop();
      }
    });
  }
});

function refused({ port }: Peer, profile: string) {
  const text = `target: { url: ws://127.0.0.1:${port}/graphql }\n${profile}\n`;
  return runCli(['run', 'talk.yaml'], { files: { 'talk.yaml': text } });
}
