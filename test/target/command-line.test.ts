import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseCommandLine } from '../../src/target/command-line.js';

it('plain words start by themselves', () => {
  assert.deepEqual(parseCommandLine('  node server.js   --port=9001 -v '), {
    file: 'node',
    args: ['server.js', '--port=9001', '-v'],
    shell: false,
  });
});

for (const command of [
  'PORT=1 node server.js',
  'node server.js "a b"',
  'cd app && node server.js',
  'node server.js | tee log',
  'node $SCRIPT',
  'node *.js',
  'node ~/server.js',
  'exec node server.js',
  'node a.js\nnode b.js',
]) {
  it(`shell syntax goes to the shell: ${JSON.stringify(command)}`, () => {
    assert.deepEqual(parseCommandLine(command), { file: 'sh', args: ['-c', command], shell: true });
  });
}
