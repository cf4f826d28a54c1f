/** Every flag that docs/deploy and the guide to fleets name is in the table of its command. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commandNamed } from '../../src/cli/flags/commands.js';
import { composeLines } from './compose-file.js';
import { writtenLines } from './deploy-files.js';
import { kubernetesLines } from './kubernetes-file.js';

/** The flags of a command line that its command does not have. */
function unknownFlags([name, ...words]: readonly string[]): string[] {
  const command = commandNamed(name);
  if (command === null) return [`there is no command ${name}`];
  const aliases = Object.values(command.flags).flatMap(({ alias }) => alias ?? []);
  const known = new Set(['help', ...Object.keys(command.flags), ...aliases]);
  return words
    .filter((word) => /^--?[a-z]/i.test(word))
    .map((word) => word.replace(/^--?/, '').split('=')[0]!)
    .filter((flag) => !known.has(flag) && !known.has(flag.replace(/^no-/, '')))
    .map((flag) => `wsurge ${name} has no flag ${flag.length === 1 ? '-' : '--'}${flag}`);
}

describe('the command lines of a fleet', () => {
  const lines = [...writtenLines(), ...composeLines(), ...kubernetesLines()];

  it('are found in every file that has some', () => {
    const places = new Set(lines.map(({ place }) => place));
    const wanted = ['README.md', 'agent.service', 'compose.yaml', 'kubernetes.yaml', 'docs/guide/fleet.md'];
    for (const file of wanted)
      assert.ok(
        [...places].some((place) => place.includes(file)),
        `none in ${file}`,
      );
    for (const command of ['agent', 'agents', 'run']) {
      assert.ok(
        lines.some(({ words }) => words[0] === command),
        `none of wsurge ${command}`,
      );
    }
  });

  for (const { place, words } of lines) {
    it(`have flags that are there: ${place}: wsurge ${words.join(' ')}`, () => {
      assert.deepEqual(unknownFlags(words), []);
    });
  }
});

describe('the search for unknown flags', () => {
  it('finds them, and takes short ones and --no-...', () => {
    assert.deepEqual(unknownFlags(['run', 'x.yaml', '-c', '5', '--no-progress', '--json', '--set=a=b']), []);
    assert.deepEqual(unknownFlags(['run', '--jsn', '-Z']), [
      'wsurge run has no flag --jsn',
      'wsurge run has no flag -Z',
    ]);
    assert.deepEqual(unknownFlags(['rum']), ['there is no command rum']);
  });
});
