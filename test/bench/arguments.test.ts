import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ArgumentError, parseArguments } from '../../bench/arguments.js';

const known = { cases: ['open', 'lag-1000'], peers: ['k6', 'tcpkali'] };
const parse = (...args: string[]) => parseArguments(args, known);
const refusal = (...args: string[]): string => {
  try {
    parse(...args);
  } catch (error) {
    assert.ok(error instanceof ArgumentError);
    assert.ok(!error.message.includes('\n'), 'one line');
    return error.message;
  }
  assert.fail(`${args.join(' ')} was taken`);
};

describe('the arguments of the bench', () => {
  it('leave everything to the cases where there are none', () => {
    const nothing = { rounds: null, seconds: null, only: [], jsonFile: null, list: false, help: false, peers: [] };
    assert.deepEqual(parse(), nothing);
  });

  it('are all read', () => {
    const args = ['--rounds', '7', '--seconds', '1.5', '--only', 'open, lag-1000', '--json', 'x.json', '--list', '-h'];
    assert.deepEqual(parse(...args, '--peer', 'k6=/opt/a=b', '--peer=tcpkali=t'), {
      rounds: 7,
      seconds: 1.5,
      only: ['open', 'lag-1000'],
      jsonFile: 'x.json',
      list: true,
      help: true,
      peers: [
        { name: 'k6', path: '/opt/a=b' },
        { name: 'tcpkali', path: 't' },
      ],
    });
  });

  for (const [flag, values] of [
    ['--rounds', ['0', '1.5', '-1', 'many', '1001', '']],
    ['--seconds', ['0', '0.05', '601', '2s', 'NaN']],
  ] as const) {
    it(`refuse ${flag} outside its bounds, naming them`, () => {
      for (const value of values) assert.match(refusal(`${flag}=${value}`), new RegExp(`^${flag} .*: give a`));
    });
  }

  it('refuse an unknown case, tool or flag with what there is', () => {
    assert.match(refusal('--only', 'opne'), /"opne"; there are open, lag-1000$/);
    assert.match(refusal('--peer', 'k7=/x'), /"k7" is not known; known are k6, tcpkali$/);
    assert.match(refusal('--peer', '/x'), /name=path/);
    assert.match(refusal('--peer', 'k6='), /name=path/);
    assert.match(refusal('--round', '5'), /--help lists/);
    assert.match(refusal('open'), /--help lists/);
    assert.match(refusal('--json='), /names no file/);
  });
});
