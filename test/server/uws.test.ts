import { test } from 'node:test';
import { loadUws } from '../../src/server/load-uws.js';
import { contract } from './contract.js';

const found = await loadUws();

if (found.status === 'loaded') contract('uws');
else if (process.env['WSURGE_REQUIRE_UWS'] === '1') {
  test('uWebSockets.js is there, as WSURGE_REQUIRE_UWS=1 asks', () => {
    throw new Error(`${found.reason}; ${found.installLine}`);
  });
} else contract('uws', `${found.reason}; to run these tests: ${found.installLine}`);
