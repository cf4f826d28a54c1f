import assert from 'node:assert/strict';
import { test } from 'node:test';
import { installLine, loadUws } from '../../src/server/load-uws.js';

const app = { App: () => undefined };

test('the original exports a default object, the repackaged build names: both are taken', async () => {
  for (const loaded of [app, { default: app }]) {
    const found = await loadUws(async () => loaded);
    assert.equal(found.status === 'loaded' && found.uws, app);
  }
});

test('not installed, not for this Node, not what it should be: absent, with the reason and the line to run', async () => {
  const missing = Object.assign(new Error("Cannot find package 'uWebSockets.js'"), { code: 'ERR_MODULE_NOT_FOUND' });
  const unfit = new Error('This version supports only Node 18\n\nError: Cannot find module ./uws_99.node');
  for (const [load, reason] of [
    [() => Promise.reject(missing), 'uWebSockets.js is not installed'],
    [() => Promise.reject(unfit), 'This version supports only Node 18'],
    [() => Promise.resolve({ default: {} }), 'the installed uWebSockets.js has no App'],
  ] as const) {
    const found = await loadUws(load);
    assert.deepEqual(found, { status: 'absent', reason, installLine: installLine() });
  }
});

test('the line to run fits the Node, and never writes into package.json', () => {
  assert.equal(
    installLine(20),
    'npm install --no-save --save-prod uWebSockets.js@github:uNetworking/uWebSockets.js#v20.66.0 ' +
      '(where GitHub is out of reach: npm install --no-save --save-prod uWebSockets.js@npm:uws-pack@20.0.8)',
  );
  assert.match(installLine(24), /#v20\.67\.0$/);
  assert.match(installLine(21), /^npm install .*uws-pack/);
  assert.match(installLine(19), /Node 19.*use Node 20/);
  for (const major of [20, 21, 22, 24, 25, 26]) {
    for (const line of installLine(major).matchAll(/npm install ([^)(]*)/g)) assert.match(line[1]!, /^--no-save /);
  }
});
