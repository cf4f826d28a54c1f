import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AGENT, AGENTS } from '../../../src/cli/flags/agent.js';
import { agentsRequest, agentTask } from '../../../src/cli/options/agent-options.js';
import { splitArguments } from '../../../src/cli/options/split-arguments.js';
import { WsurgeError } from '../../../src/errors.js';

const task = (...args: string[]) => agentTask(splitArguments(args, AGENT), {});

function problemsOf(...args: string[]): string[] {
  try {
    task(...args);
  } catch (error) {
    assert.ok(error instanceof WsurgeError && error.exitCode === 104);
    return error.problems.map(({ where, message, hint }) => `${where}: ${message}; ${hint}`);
  }
  return [];
}

describe('wsurge agent', () => {
  test('without flags: the usual fleet, the name of the host, no limits of its own', () => {
    const { name, notes, ...rest } = task();
    assert.deepEqual(notes, []);
    assert.match(name, /^[A-Za-z0-9_-]+$/);
    assert.deepEqual(rest, {
      ...{ nats: undefined, fleet: 'default', labels: {}, once: false, idleTimeoutMs: null },
      ...{ workers: null, maxConnections: null, maxRate: null, allowedTargets: [], localAddresses: [], keep: null },
    });
  });

  test('every flag', () => {
    const flags = '--nats tls://bus:4222 --fleet eu --name eu-1 --label region=eu --label disk=a=b --once';
    const limits = '--idle-timeout 10m --workers 3 --max-connections 5k --max-rate 20k/s --allow-target shop.example';
    const addresses = '--local-addresses 127.0.0.2-127.0.0.4 --local-addresses 127.0.0.9 --keep lines';
    assert.deepEqual(task(...`${flags} ${limits} ${addresses}`.split(' ')), {
      ...{
        nats: 'tls://bus:4222',
        fleet: 'eu',
        name: 'eu-1',
        notes: [],
        labels: { region: 'eu', disk: 'a=b' },
        once: true,
      },
      ...{ idleTimeoutMs: 600_000, workers: 3, maxConnections: 5000, maxRate: 20_000 },
      allowedTargets: ['shop.example'],
      localAddresses: ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.9'],
      keep: 'lines',
    });
  });

  test('the name of a host with dots is taken with dashes, and that is said', () => {
    const { name, notes } = task('--name', 'ip-10-0-0-1.ec2.internal');
    assert.equal(name, 'ip-10-0-0-1-ec2-internal');
    assert.match(notes.join(), /ip-10-0-0-1\.ec2\.internal is called ip-10-0-0-1-ec2-internal/);
  });

  test('a URL is no host that may be loaded', () => {
    assert.deepEqual(problemsOf('--allow-target', 'http://x.example/'), [
      '--allow-target: "http://x.example/" is no host; write x.example',
    ]);
  });

  test('what is wrong is told at once, with what to write, and without a secret', () => {
    const flags = '--nats nats://me:hunter2@bus:4222 --fleet a.b --name a* --label eu --idle-timeout soon --workers 0';
    const problems = problemsOf(...`${flags} --max-connections many --max-rate 0/s --local-addresses x`.split(' '));
    assert.equal(problems.length, 9, problems.join('\n'));
    for (const problem of problems) assert.match(problem, /; (?!undefined)./, problem);
    assert.ok(!problems.join().includes('hunter2'));
    assert.match(problems[0]!, /NATS_USER and NATS_PASSWORD/);
  });
});

test('wsurge agents: where to ask, and how to show it', () => {
  const request = agentsRequest(splitArguments(['--nats', 'bus:4222', '--fleet', 'eu', '--json'], AGENTS), {});
  assert.deepEqual(request, { nats: 'bus:4222', fleet: 'eu', json: true });
});
