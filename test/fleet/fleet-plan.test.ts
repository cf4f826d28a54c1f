import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WsurgeError } from '../../src/errors.js';
import { atAddress, type FleetPlan, fleetProblems, refuseOverFleet, secretsIn } from '../../src/fleet/fleet-plan.js';
import { parse } from '../profile/fixtures.js';

const PLAIN = { bus: { isPrivate: false }, nullTwin: false };

function problems(text: string, plan: Partial<FleetPlan> = {}, env: Record<string, string> = {}) {
  const { profile, secrets } = parse(text, { env });
  return fleetProblems(profile, { nullTwin: false, secrets, bus: { isPrivate: true }, ...plan });
}

const profile = (target: string, more = '', load = 'connections: 2, rate: 1, duration: 1s') =>
  `target: ${target}\n${more}\nload: [{ ${load} }]`;
const URL_TARGET = '{ url: "ws://127.0.0.1:9001/" }';
const FANOUT = 'requests: [{ name: say, send: "{{sequence}}", reaches: others }]';

describe('a profile for agents', () => {
  it('is one that names its server by address and needs one clock for a message only', () => {
    assert.deepEqual(problems(profile(URL_TARGET), PLAIN), []);
  });

  for (const [what, text, plan, where, message] of [
    ['an embedded target', profile('{ embedded: auto }'), {}, 'target', /where agents do not reach it/],
    [
      'a host for no embedded target',
      profile(URL_TARGET),
      { targetHost: '10.0.0.5' },
      '--target-host',
      /another server/,
    ],
    ['a unix socket', profile('{ url: "ws+unix:/run/a.sock:/" }'), {}, 'target', /unix socket/],
    [
      'a command on a unix socket',
      profile('{ command: s, url: "ws+unix:/run/a.sock:/" }'),
      {},
      'target',
      /unix socket/,
    ],
    ['fan-out', profile(URL_TARGET, FANOUT), {}, 'reaches (load/say)', /no common clock/],
    ['local addresses', profile(URL_TARGET, 'localAddresses: [127.0.0.2]'), {}, 'localAddresses', /its own/],
    ['a null twin', profile(URL_TARGET), { nullTwin: true }, '--null-twin', /floor of one machine/],
  ] as const) {
    it(`may not have ${what}`, () => {
      const found = problems(text, plan);
      assert.equal(found.length, 1, JSON.stringify(found));
      assert.equal(found[0]!.where, where);
      assert.match(found[0]!.message, message);
      assert.ok(found[0]!.hint !== undefined);
    });
  }

  it('may have a server that the coordinator starts, at an address', () => {
    assert.deepEqual(problems(profile('{ command: node s.js, url: "ws://10.0.0.5:9001/" }')), []);
    assert.deepEqual(problems(profile('{ embedded: auto }'), { targetHost: '10.0.0.5' }), []);
    const { profile: asked } = parse(profile('{ command: node s.js, url: "ws://10.0.0.5:9001/", pid: 7 }'));
    const told = atAddress(asked.target, 'ws://10.0.0.5:9001/');
    assert.deepEqual(
      [told.kind, 'command' in told, 'ready' in told],
      ['url', false, false],
      'agents hear of no command',
    );
  });

  it('may not have a script', () => {
    const { profile: plain } = parse(profile(URL_TARGET, 'requests: [{ name: say, send: "{{sequence}}" }]'));
    const [load] = plain.load;
    const talk = { ...load!.talk!, script: { path: 'chat.mjs', sha256: '' } };
    const found = fleetProblems(
      {
        ...plain,
        load: [
          { ...load!, talk },
          { ...load!, talk },
        ],
      },
      { nullTwin: false },
    );
    assert.deepEqual(
      found.map(({ where }) => where),
      ['script'],
    );
    assert.match(found[0]!.message, /^chat\.mjs is code of yours/);
  });

  it('is refused with one reason, or with all', () => {
    const one = parse(profile('{ embedded: auto }')).profile;
    const told = (run: () => void) => {
      try {
        run();
      } catch (error) {
        assert.ok(error instanceof WsurgeError);
        return error;
      }
      return assert.fail('nothing thrown');
    };
    const error = told(() => refuseOverFleet(one, { nullTwin: false }));
    assert.equal(error.exitCode, 104);
    assert.match(error.message, /^target: the embedded server listens on the loopback/);
    assert.match(error.next!, /--target-host ADDRESS.*--target ws/);
    const both = told(() => refuseOverFleet(one, { nullTwin: true }));
    assert.deepEqual(
      both.problems.map(({ where }) => where),
      ['target', '--null-twin'],
    );
    refuseOverFleet(parse(profile(URL_TARGET)).profile, { nullTwin: false });
  });
});

describe('secrets of a profile', () => {
  for (const [what, text, named] of [
    ['headers', profile('{ url: "ws://127.0.0.1:9001/", headers: { Authorization: Bearer abc } }'), 'headers'],
    ['a password', profile('{ url: "ws://ann:secret@127.0.0.1:9001/" }'), 'a password or query in a URL'],
    ['a query', profile('{ url: "ws://127.0.0.1:9001/?token=abcdef" }'), 'a password or query in a URL'],
    [
      'a proxy',
      profile('{ url: "ws://10.0.0.1/", proxy: "http://u:pw12@10.0.0.9:8080" }'),
      'a password or query in a URL',
    ],
    ['{{env}}', profile('{ url: "ws://127.0.0.1:9001/{{env.TOKEN}}" }'), 'values of {{env}}'],
    [
      'a named secret',
      profile(`{ url: "ws://127.0.0.1:9001/\${secret:TOKEN}" }`),
      'values of the environment or of files',
    ],
  ] as const) {
    it(`do not cross a plain bus: ${what}`, () => {
      const env = { TOKEN: 'tokentoken' };
      const found = problems(text, PLAIN, env);
      assert.equal(found.length, 1, JSON.stringify(found));
      assert.ok(found[0]!.message.endsWith(`must not read: ${named}`), found[0]!.message);
      assert.match(found[0]!.hint!, /tls:\/\//);
      assert.doesNotMatch(JSON.stringify(found), /Bearer abc|secret@|abcdef|pw12|tokentoken/);
      assert.deepEqual(problems(text, { bus: { isPrivate: true } }, env), []);
      assert.deepEqual(problems(text, {}, env), []);
    });
  }

  it('are a TLS key and rows, too', () => {
    const { profile: plain } = parse(profile('{ url: "wss://127.0.0.1:9001/" }'));
    const { target } = plain;
    const withKey = { ...plain, target: { ...target, tls: { ...target.tls, key: 'PEM' } } };
    assert.deepEqual(secretsIn({ ...withKey, data: [{ user: 'ann' }] }, []), ['a TLS key', 'rows of data']);
    assert.deepEqual(secretsIn(plain, []), []);
  });

  it('are not judged before there is a bus', () => {
    const { profile: withHeader } = parse(profile('{ url: "ws://127.0.0.1/", headers: { A: bcde } }'));
    assert.deepEqual(fleetProblems(withHeader, { nullTwin: false }), []);
  });
});
