import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toCapacity } from '../../../src/cli/options/capacity-options.js';

const URL = 'ws://127.0.0.1:9/';

/** Connections and messages a second that a search of a bare URL starts with. */
async function start(argv: Readonly<Record<string, unknown>>): Promise<readonly (number | undefined)[]> {
  const request = await toCapacity({ profile: URL, axis: 'rate', ...argv }, {}, () => '');
  const [load] = request.parsed.profile.load;
  return [load!.connections[0]?.to, load!.rates[0]?.to];
}

describe('what wsurge capacity is asked', () => {
  it('starts a bare URL with its own load, whatever --set changes beside it', async () => {
    assert.deepEqual(await start({}), [100, 1000]);
    assert.deepEqual(await start({ set: ['reply.timeout=2s'] }), [100, 1000]);
    assert.deepEqual(await start({ set: ['load.0.arrival=poisson'] }), [100, 1000]);
    assert.deepEqual(await start({ set: ['labels.rate=9'] }), [100, 1000]);
  });

  it('leaves the pace and the connections to --set where it says them', async () => {
    assert.deepEqual(await start({ set: ['load.0.rate=250/s'] }), [100, 250]);
    assert.deepEqual(await start({ set: ['load.load.rate=250/s'] }), [100, 250]);
    assert.deepEqual(await start({ set: ['load.0.connections=7'] }), [7, 1000]);
    assert.deepEqual(await start({ rate: '40/s', set: ['reply.timeout=2s'] }), [100, 40]);
  });
});
