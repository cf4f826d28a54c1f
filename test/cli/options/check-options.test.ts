import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toCheck } from '../../../src/cli/options/check-options.js';

/** The requests of each load of a check with load. */
async function requestsWith(profile: string): Promise<(readonly string[])[]> {
  const { withLoad } = await toCheck({ profile: 'p.yaml', 'with-load': true }, {}, () => profile);
  return withLoad!.profile.load.map(({ talk }) => talk?.requests.map(({ name }) => name) ?? []);
}

const ASK = "requests: [{ name: ask, send: { id: '{{sequence}}' } }]";
const TARGET = 'target: { url: ws://127.0.0.1:9/ }';

test('a check with load sends the requests of the profile, beside load or within it', async () => {
  const both = [['ask'], ['ask']];
  assert.deepEqual(await requestsWith(`${TARGET}\n${ASK}\nreply: { field: id }\n`), both);
  const within = `load:
  - { name: idle, connections: 1, rate: 0 }
  - name: chat
    connections: 10
    rate: 10/s
    senders: 2
    reply: { field: id }
    ${ASK}
`;
  assert.deepEqual(await requestsWith(`${TARGET}\n${within}`), both);
  const { withLoad } = await toCheck({ profile: 'p.yaml', 'with-load': true }, {}, () => `${TARGET}\n${within}`);
  for (const { talk, reply } of withLoad!.profile.load) {
    assert.deepEqual([talk!.senders, reply.field], [null, 'id']);
  }
  assert.deepEqual(await requestsWith(`${TARGET}\nload: [{ connections: 1, rate: 1/s }]\n`), [[], []]);
});
