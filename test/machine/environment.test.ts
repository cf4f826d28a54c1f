import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { describeGenerator } from '../../src/machine/environment.js';
import { toolVersion } from '../../src/machine/tool-version.js';
import { usableMemory } from '../../src/machine/usable-memory.js';

it('the generator is described in full', () => {
  const environment = describeGenerator();
  assert.equal(environment.node, process.version);
  assert.ok(environment.cores >= 1);
  assert.ok(environment.memoryBytes > 64 * 1024 * 1024);
  for (const text of [environment.host, environment.cpu, environment.kernel]) assert.notEqual(text, '');
  assert.deepEqual(Object.keys(environment.limits), ['openFiles', 'ephemeralPorts']);
  assert.deepEqual(JSON.parse(JSON.stringify(environment)), environment);
});

it('usable memory is what a container leaves of it', () => {
  assert.equal(usableMemory(1000, 400), 400);
  assert.equal(usableMemory(1000, 0), 1000);
  assert.equal(usableMemory(1000, 2 ** 63), 1000);
  assert.equal(usableMemory(1000, undefined), 1000);
});

it('the version is that of package.json', () => {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  assert.match(text, new RegExp(`"version": "${toolVersion().replaceAll('.', '\\.')}"`));
});
