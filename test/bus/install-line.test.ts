import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installLine } from '../../src/bus/install-line.js';

test('the optional package is installed where this wsurge finds it', () => {
  const inPackage = 'node_modules/wsurge/dist/src/bus/nats.js';
  assert.equal(installLine(`/usr/lib/${inPackage}`), 'npm install -g @nats-io/transport-node');
  assert.match(installLine(`/srv/shop/${inPackage}`), /^npm install \S+, in \/srv\/shop, where/);
  assert.match(installLine(`/srv/.npm/_npx/0a1b/${inPackage}`), /^npx -p wsurge -p @nats-io\/transport-node wsurge/);
  assert.match(installLine('/srv/wsurge/dist/src/bus/nats.js'), /^npm install \S+, in the folder of wsurge$/);
});
