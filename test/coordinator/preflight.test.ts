import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type LoadFacts, mostConnections, peaksOf, preflight, refuseIfAny } from '../../src/coordinator/preflight.js';
import type { WsurgeError } from '../../src/errors.js';
import type { Limits } from '../../src/machine/limits.js';
import type { Cell } from '../../src/plan/cell.js';

const LIMITS: Limits = { openFiles: 1024, openFilesHard: 1_048_576, ephemeralPorts: { from: 32_768, to: 60_999 } };
const FACTS: LoadFacts = {
  peakConnections: 100,
  peakMessagesPerSecond: 1000,
  workers: 2,
  host: 'localhost',
  addresses: ['127.0.0.1'],
  localAddresses: [],
  allowedTargets: [],
};

function codes(facts: Partial<LoadFacts>, limits: Partial<Limits> = {}): string[] {
  return preflight({ ...FACTS, ...facts }, { ...LIMITS, ...limits }).map(({ code }) => code);
}

describe('open files', () => {
  it('are needed for the connections, 100 besides, and 16 a worker', () => {
    assert.deepEqual(codes({ peakConnections: 1024 - 100 - 32 }), []);
    assert.deepEqual(codes({ peakConnections: 1024 - 100 - 32 + 1 }), ['too_few_files']);
    assert.deepEqual(codes({ peakConnections: 1024 - 100 - 32, workers: 3 }), ['too_few_files']);
  });

  it('are named with the limit, the need and the fix', () => {
    const [problem] = preflight({ ...FACTS, peakConnections: 2000 }, LIMITS);
    assert.equal(problem?.message, '2,000 connections need 2,132 open files, the limit is 1,024');
    assert.equal(problem?.fix, 'ulimit -n 65536, or at most 892 connections');
  });

  it('say so where the hard limit stands in the way of the fix', () => {
    const [problem] = preflight({ ...FACTS, peakConnections: 2000 }, { ...LIMITS, openFilesHard: 4096 });
    assert.match(problem?.fix ?? '', /^ulimit -n 65536 \(the hard limit is 4,096: raise it as root/);
  });

  it('ask for enough where the usual number is not', () => {
    const facts = { ...FACTS, peakConnections: 100_000 };
    const [problem] = preflight(facts, { ...LIMITS, ephemeralPorts: null });
    assert.match(problem?.fix ?? '', /^ulimit -n 131072,/);
  });

  it('never run out where there is no limit', () => {
    assert.deepEqual(codes({ peakConnections: 20_000 }, { openFiles: null }), []);
  });
});

describe('local ports', () => {
  const ports = 60_999 - 32_768 + 1;

  it('count once for each pair of a local address and one of the target', () => {
    const two = { addresses: ['10.0.0.1', '10.0.0.2'] };
    assert.deepEqual(codes({ ...two, peakConnections: 2 * ports }, { openFiles: null }), []);
    assert.deepEqual(codes({ ...two, peakConnections: 2 * ports + 1 }, { openFiles: null }), ['too_few_ports']);
    const same = { ...two, localAddresses: ['10.0.0.8', '10.0.0.9'] };
    assert.deepEqual(codes({ ...same, peakConnections: 2 * ports + 1 }, { openFiles: null }), ['too_few_ports']);
    const three = { ...two, localAddresses: ['10.0.0.7', '10.0.0.8', '10.0.0.9'] };
    assert.deepEqual(codes({ ...three, peakConnections: 6 * ports }, { openFiles: null }), []);
    assert.deepEqual(codes({ ...two, proxied: true, peakConnections: ports + 1 }, { openFiles: null }), [
      'too_few_ports',
    ]);
  });

  it('are one for each connection to the address', () => {
    assert.deepEqual(codes({ peakConnections: ports }, { openFiles: null }), []);
    assert.deepEqual(codes({ peakConnections: ports + 1 }, { openFiles: null }), ['too_few_ports']);
  });

  it('are named with the range and the fix', () => {
    const [problem] = preflight({ ...FACTS, peakConnections: 40_000 }, { ...LIMITS, openFiles: null });
    assert.match(problem?.message ?? '', /40,000 connections .* 32768-60999 holds 28,232/);
    assert.match(
      problem?.fix ?? '',
      /ip_local_port_range="1024 65535", more localAddresses, or at most 28,232 connections/,
    );
  });

  it('are as many again on each further local address', () => {
    const localAddresses = ['127.0.0.2', '127.0.0.3'];
    const room = { openFiles: null };
    assert.deepEqual(codes({ peakConnections: 2 * ports, localAddresses }, room), []);
    assert.deepEqual(codes({ peakConnections: 2 * ports + 1, localAddresses }, room), ['too_few_ports']);
    const most = (limits: Partial<Limits>) => mostConnections({ ...LIMITS, ...limits }, { workers: 2, localAddresses });
    assert.equal(most(room)?.connections, 2 * ports);
    assert.equal(most({})?.connections, 1024 - 100 - 32);
    assert.match(most({})?.fix ?? '', /^add open files: ulimit -n 65536/);
    assert.equal(most({ openFiles: null, ephemeralPorts: null }), null);
  });

  it('are not needed by unix sockets', () => {
    assert.deepEqual(codes({ peakConnections: ports + 1, addresses: [] }, { openFiles: null }), []);
  });
});

describe('consent for a public target', () => {
  const PUBLIC = { host: 'ws.example.com', addresses: ['93.184.215.14'] };
  const ROOM = { openFiles: null };

  it('is needed where one of several addresses is public, or only a proxy knows the name', () => {
    assert.deepEqual(codes({ addresses: ['10.0.0.1', '203.0.113.9'], peakConnections: 101 }), ['target_not_allowed']);
    assert.deepEqual(codes({ addresses: [], unknown: true, peakConnections: 101 }), ['target_not_allowed']);
  });

  it('is not needed up to 100 connections and 1,000 msg/s', () => {
    assert.deepEqual(codes({ ...PUBLIC, peakConnections: 100, peakMessagesPerSecond: 1000 }), []);
  });

  it('is needed above either', () => {
    assert.deepEqual(codes({ ...PUBLIC, peakConnections: 101 }), ['target_not_allowed']);
    assert.deepEqual(codes({ ...PUBLIC, peakMessagesPerSecond: 1001 }), ['target_not_allowed']);
    assert.deepEqual(codes({ ...PUBLIC, peakMessagesPerSecond: Number.POSITIVE_INFINITY }), ['target_not_allowed']);
  });

  it('is given by naming the very host', () => {
    const heavy = { ...PUBLIC, peakConnections: 500 };
    assert.deepEqual(codes({ ...heavy, allowedTargets: ['WS.Example.com'] }, ROOM), []);
    assert.deepEqual(codes({ ...heavy, allowedTargets: ['example.com'] }, ROOM), ['target_not_allowed']);
  });

  it('names the flag', () => {
    const [problem] = preflight({ ...FACTS, ...PUBLIC, peakMessagesPerSecond: 5000 }, LIMITS);
    assert.match(problem?.message ?? '', /ws\.example\.com \(93\.184\.215\.14\) is a public address .* 5,000 msg\/s/);
    assert.match(problem?.fix ?? '', /--allow-target ws\.example\.com$/);
  });

  it('is not needed at home', () => {
    const heavy = { peakConnections: 500, peakMessagesPerSecond: 50_000 };
    assert.deepEqual(codes({ ...heavy, host: 'db.lan', addresses: ['192.168.1.4'] }), []);
    assert.deepEqual(codes({ ...heavy, host: '/run/app.sock', addresses: [] }), []);
  });
});

describe('the refusal', () => {
  const tooMuch = preflight(
    { ...FACTS, host: 'a.test', addresses: ['93.184.215.14'], peakConnections: 50_000 },
    LIMITS,
  );

  it('is 104 with every problem at once', () => {
    assert.throws(
      () => refuseIfAny(tooMuch),
      (error: WsurgeError) => {
        assert.equal(error.exitCode, 104);
        assert.deepEqual(
          error.problems.map(({ where }) => where),
          ['too_few_files', 'too_few_ports', 'target_not_allowed'],
        );
        assert.ok(error.problems.every(({ hint }) => hint !== undefined));
        return true;
      },
    );
  });

  it('is the problem itself where there is one', () => {
    const error = { exitCode: 104, code: 'too_few_files', message: tooMuch[0]?.message, next: tooMuch[0]?.fix };
    assert.throws(() => refuseIfAny(tooMuch.slice(0, 1)), error);
  });

  it('is none without problems', () => refuseIfAny([]));
});

describe('the most a plan asks for', () => {
  const steady = (value: number) => ({ from: value, to: value });
  const cell = (part: Partial<Cell>) =>
    ({ model: 'open', connections: steady(10), rate: steady(100), inFlight: 1, thinkMs: 0, ...part }) as Cell;

  it('is the highest of all cells, ramps by their higher end', () => {
    assert.deepEqual(
      peaksOf([cell({}), cell({ connections: { from: 1, to: 50 } }), cell({ rate: { from: 900, to: 5 } })]),
      {
        peakConnections: 50,
        peakMessagesPerSecond: 900,
      },
    );
    assert.deepEqual(peaksOf([]), { peakConnections: 0, peakMessagesPerSecond: 0 });
  });

  it('is bounded by the thinking in a closed load, and by nothing without', () => {
    const peak = (part: Partial<Cell>) => peaksOf([cell({ rate: null, ...part })]).peakMessagesPerSecond;
    assert.equal(peak({ model: 'closed', thinkMs: 100, inFlight: 2 }), 200);
    assert.equal(peak({ model: 'closed' }), Number.POSITIVE_INFINITY);
    assert.equal(peak({ model: 'listen' }), 0);
  });
});
