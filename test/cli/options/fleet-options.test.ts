import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AB } from '../../../src/cli/flags/ab.js';
import { CAPACITY } from '../../../src/cli/flags/capacity.js';
import { OF_FLEETS } from '../../../src/cli/flags/of-fleets.js';
import { toCheck } from '../../../src/cli/options/check-options.js';
import { calibrateRequest, doctorRequest } from '../../../src/cli/options/machine-options.js';
import { toProfile } from '../../../src/cli/options/run-options.js';
import { WsurgeError } from '../../../src/errors.js';

const BUS = { agents: '2', nats: 'nats://127.0.0.1:4222' };

async function fleetOf(flags: Readonly<Record<string, unknown>>, env: Record<string, string> = {}) {
  const argv = { profile: 'ws://10.0.0.5:9001/', ...flags };
  return (await toProfile(argv, env, () => assert.fail('reads nothing'))).settings.fleet;
}

async function problemsOf(flags: Readonly<Record<string, unknown>>) {
  const error: unknown = await fleetOf(flags).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof WsurgeError && error.exitCode === 104);
  return error.problems.map(({ where, message }) => `${where}: ${message}`);
}

test('run, capacity and ab take the same flags of a fleet', () => {
  for (const name of Object.keys(OF_FLEETS)) {
    for (const { name: command, flags, refused = {} } of [CAPACITY, AB]) {
      assert.ok(name in flags && !(name in refused), `${command} --${name}`);
    }
  }
});

test('check, calibrate and doctor refuse agents, and say why and what to do instead', async () => {
  const commands = {
    check: (argv: object) => toCheck({ ...argv }, {}, () => assert.fail('reads nothing')),
    calibrate: async (argv: object) => calibrateRequest({ ...argv }, {}),
    doctor: async (argv: object) => doctorRequest({ ...argv }, {}),
  };
  for (const [command, read] of Object.entries(commands)) {
    const error: unknown = await read(BUS).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof WsurgeError && error.exitCode === 104, command);
    const said = error.problems.map(({ where, message }) => `${where} ${message}`);
    assert.match(said[0]!, new RegExp(`^--agents does not go with ${command}: it .*[Rr]un wsurge ${command}`));
    assert.match(said[1]!, /^--nats does not go with .*: agents make load for run, capacity and ab alone$/);
  }
});

test('the agents that are asked for, with the broker of a flag or of NATS_URL', async () => {
  assert.equal(await fleetOf({}), null);
  assert.deepEqual(await fleetOf({ ...BUS, 'agent-label': ['region=eu'], 'exclude-agent': ['eu-3'] }), {
    ...{ agents: 2, url: BUS.nats, fleet: 'default', labels: { region: 'eu' }, exclude: ['eu-3'] },
    ...{ waitMs: 60_000, targetHost: null },
  });
  assert.equal((await fleetOf({ agents: '1' }, { NATS_URL: 'tls://bus:4222' }))!.url, 'tls://bus:4222');
});

test('where the embedded server listens is an address that others can name', async () => {
  for (const [given, host] of [
    ['10.0.0.5', '10.0.0.5'],
    ['bench.local', 'bench.local'],
    ['[fd00::5]', 'fd00::5'],
  ]) {
    assert.equal((await fleetOf({ ...BUS, 'target-host': given }))!.targetHost, host);
  }
  for (const any of ['0.0.0.0', '::', '[::]']) {
    assert.match(
      (await problemsOf({ ...BUS, 'target-host': any })).join(),
      /^--target-host: .* is any address of this/,
    );
  }
  for (const none of ['ws://10.0.0.5:9001/', '10.0.0.5:9001', 'a b']) {
    assert.match((await problemsOf({ ...BUS, 'target-host': none })).join(), /^--target-host: .* is no address/);
  }
});

test('what needs agents says so without them', async () => {
  assert.deepEqual(await problemsOf({ 'target-host': '10.0.0.5', 'exclude-agent': ['a'] }), [
    '--exclude-agent: needs --agents',
    '--target-host: needs --agents',
  ]);
  assert.match((await problemsOf({ agents: '2' })).join(), /--agents: needs the URL of a broker/);
  for (const agents of ['0', '1.5', 'all', '1001']) {
    assert.match((await problemsOf({ ...BUS, agents })).join(), /is no number of agents/);
  }
});
