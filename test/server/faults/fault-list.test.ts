import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CATALOGUE, FAULT_NAMES } from '../../../src/server/faults/catalogue.js';
import { parseFaults } from '../../../src/server/faults/fault-list.js';

function planOf(...texts: string[]) {
  const { plan, problems } = parseFaults(texts);
  assert.deepEqual(problems, []);
  return plan;
}

function problemsOf(...texts: string[]): string[] {
  return parseFaults(texts).problems.map(({ message }) => message);
}

test('every form that the help shows is one, and is read as what it says', () => {
  for (const name of FAULT_NAMES) {
    for (const form of CATALOGUE[name].forms) assert.notEqual(planOf(form)[name], undefined, form);
  }
  assert.deepEqual(planOf('stall:100ms/1s'), { stall: { lengthUs: 100_000, periodUs: 1_000_000 } });
  assert.deepEqual(planOf('delay:10ms'), { delay: { kind: 'constant', us: 10_000 } });
  assert.deepEqual(planOf('delay:exp(500us)'), { delay: { kind: 'exponential', meanUs: 500 } });
  assert.deepEqual(planOf('delay:uniform(0ms,20ms)'), { delay: { kind: 'uniform', fromUs: 0, toUs: 20_000 } });
  assert.deepEqual(planOf('queue:bimodal(2ms, 200ms, 0.5%)'), {
    queue: { kind: 'bimodal', lowUs: 2000, highUs: 200_000, highShare: 0.005 },
  });
  assert.deepEqual(planOf('delay:first(5s,200ms,2ms)'), {
    delay: { kind: 'first', firstUs: 5e6, slowUs: 200_000, thenUs: 2000 },
  });
  assert.deepEqual(planOf('refuse:503(5,50-60,100-)'), {
    refuse: {
      how: 503,
      whom: {
        kind: 'numbers',
        ranges: [
          [5, 5],
          [50, 60],
          [100, Number.POSITIVE_INFINITY],
        ],
      },
    },
  });
  assert.deepEqual(planOf('refuse:cut(10%)'), { refuse: { how: 'cut', whom: { kind: 'share', share: 0.1 } } });
  assert.deepEqual(planOf('freeze:2s@0s'), { freeze: { kind: 'once', lengthUs: 2e6, atUs: 0 } });
  assert.deepEqual(planOf('freeze:2s/10s'), { freeze: { kind: 'recurring', lengthUs: 2e6, periodUs: 1e7 } });
  assert.deepEqual(planOf('burn:30%'), { burn: { kind: 'share', share: 0.3 } });
  assert.deepEqual(planOf('burn:2ms'), { burn: { kind: 'message', us: 2000 } });
  assert.deepEqual(planOf('slow-reader:10/s'), { 'slow-reader': { kind: 'rate', usPerMessage: 100_000 } });
  assert.deepEqual(planOf('late-delivery:bimodal(0ms,6s,1%)'), {
    'late-delivery': { kind: 'bimodal', lowUs: 0, highUs: 6e6, highShare: 0.01 },
  });
  assert.deepEqual(planOf('stuck-room:a@b@5s'), { 'stuck-room': { kind: 'time', room: 'a@b', afterUs: 5e6 } });
  assert.deepEqual(planOf('stuck-room:r1@100'), { 'stuck-room': { kind: 'count', room: 'r1', after: 100 } });
  assert.deepEqual(planOf('slow-reader:10'), { 'slow-reader': { kind: 'stops', after: 10 } });
});

test('commas, plus signs and several lists make one list; those within parentheses part nothing', () => {
  const expected = planOf('drop:1%', 'delay:uniform(1ms,2ms)', 'swap:2%');
  assert.deepEqual(Object.keys(expected), ['drop', 'delay', 'swap']);
  assert.deepEqual(planOf('drop:1%,delay:uniform(1ms,2ms),swap:2%'), expected);
  assert.deepEqual(planOf('drop:1% + delay:uniform(1ms,2ms)', 'swap:2%'), expected);
  assert.deepEqual(planOf(), {});
});

test('values that are none are refused', () => {
  const wrong = {
    stall: ['', '100ms', '1s/1s', '2s/1s', '0ms/1s', '100/1s', '100ms/1', '-1ms/1s', 'NaN/1s', '1s/2s/3s', '1s/1h'],
    delay: ['', '10', '0ms', '-5ms', 'NaN', '11m', 'exp(0ms)', 'exp(1ms,2ms)', 'exp()', 'exp(1ms', 'gauss(1ms)'],
    queue: [
      'first(5s,200ms,2ms)',
      'uniform(20ms,5ms)',
      'uniform(5ms,5ms)',
      'bimodal(2ms,1ms,1%)',
      'bimodal(1ms,2ms,1)',
    ],
    drop: ['', '1', '0%', '101%', '-1%', 'NaN%', '%', '1%%', '1e1%'],
    duplicate: ['0.0%'],
    swap: ['all'],
    alter: ['100.1%'],
    misdeliver: ['1 percent'],
    truncate: ['', '0', '17MiB', '1.5', '-1', 'all', 'NaN'],
    'drop-delivery': ['', '1', '0%', '101%'],
    'duplicate-delivery': ['all'],
    'late-delivery': ['', '0ms', 'first(5s,200ms,2ms)', '10'],
    'stuck-room': ['', 'r1', '@5s', 'r1@', 'r1@0', 'r1@1.5', 'r1@11m', 'r1@-1s'],
    idle: ['', '0s', '11m', '1', 'never'],
    handshake: ['250', '0ms', 'never'],
    refuse: [
      '',
      '200',
      '399',
      '600',
      '50',
      'tcp',
      '503()',
      '503(0%)',
      '503(200%)',
      '503(-1)',
      '503(9-5)',
      '503(1,,2)',
      '503(1.5)',
    ],
    'slow-reader': ['', '0', '0/s', '1.5', '-1', 'x/s', '1000001', 'NaN/s'],
    freeze: ['', '2s', '2s@', '@5s', '0s@5s', '2s@5s@6s', '2s/2s', '2/10s'],
    burn: ['', '0%', '101%', '30', '0ms', 'NaN%'],
    null: ['1'],
  };
  assert.deepEqual(Object.keys(wrong).sort(), [...FAULT_NAMES].sort(), 'every fault is tried');
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) assert.equal(problemsOf(`${name}:${value}`).length, 1, `${name}:${value}`);
  }
});

test('names that are none, empty places, and one fault twice', () => {
  for (const text of ['dleay:1ms', 'Drop:1%', '__proto__:1', 'constructor', ':1%', 'drop=1%']) {
    assert.match(problemsOf(text)[0] ?? '', /there is no fault/, text);
  }
  for (const text of ['', 'drop:1%,', ',drop:1%', 'drop:1%,,swap:1%']) {
    assert.match(problemsOf(text).join(), /missing/, text);
  }
  assert.match(problemsOf('drop:1%,drop:2%').join(), /drop is given more than once/);
  assert.match(problemsOf('burn:30%', 'burn:2ms').join(), /burn is given more than once/);
  assert.match(problemsOf('drop:x', 'drop:2%').join(), /drop is given more than once/);
});

test('what cannot be at once is refused', () => {
  assert.match(problemsOf('null,drop:1%').join(), /null means no fault/);
  assert.match(problemsOf('drop:60%,swap:30%,alter:11%').join(), /drop \+ swap \+ alter add up to 101%/);
  assert.deepEqual(problemsOf('drop:60%,swap:30%,alter:10%'), []);
  const deliveries = problemsOf('drop-delivery:60%,duplicate-delivery:50%,drop:60%').join();
  assert.match(deliveries, /drop-delivery \+ duplicate-delivery add up to 110%, but each delivery/);
  assert.match(problemsOf('refuse:503,delay:1ms').join(), /no other fault can happen/);
  assert.deepEqual(problemsOf('refuse:503(10%),delay:1ms,queue:1ms,stall:1ms/1s,freeze:1s@1s,burn:1%'), []);
});

test('all problems come at once, each with what to write, and the names of all faults', () => {
  const { problems } = parseFaults(['delay:5,stall:1s/1s', 'drop:0%']);
  assert.equal(problems.length, 3);
  assert.match(problems[0]!.hint, /delay:10ms, delay:exp\(10ms\)/);
  assert.match(problems[1]!.hint, /stall:100ms\/1s/);
  const hints = problems.map(({ hint }) => hint).join('\n');
  for (const name of FAULT_NAMES) assert.ok(hints.includes(name), name);
  assert.match(parseFaults(['x']).problems[0]!.hint, /known faults: null, stall/);
});
