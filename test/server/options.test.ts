import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WsurgeError } from '../../src/errors.js';
import { parseServerOptions } from '../../src/server/options.js';

test('every option has a default', () => {
  assert.deepEqual(parseServerOptions({}), {
    engine: 'auto',
    host: '127.0.0.1',
    port: 0,
    path: null,
    pingIntervalMs: 30_000,
    token: null,
    origins: [],
    quota: null,
    maxConnections: null,
    maxMessageBytes: 1024 * 1024,
    maxFrameBytes: 16 * 1024 * 1024,
    maxBufferedBytes: 16 * 1024 * 1024,
    textOnly: false,
    plainEcho: false,
    certFile: null,
    keyFile: null,
    faults: [],
    seed: 1,
    truthLog: null,
  });
});

test('faults are a list of texts in the end, and what was filled in may be given again', () => {
  assert.deepEqual(parseServerOptions({ faults: 'drop:1%' }).faults, ['drop:1%']);
  const settings = parseServerOptions({ faults: ['drop:1%', 'swap:1%'], seed: 7, truthLog: () => undefined });
  assert.deepEqual(parseServerOptions(settings), settings);
});

test('every problem of a list of faults is named, each with what to write instead', () => {
  assert.throws(
    () => parseServerOptions({ faults: 'dleay:1ms,stall:1s,drop:0%', port: -1 }),
    (error) => {
      assert.ok(error instanceof WsurgeError);
      assert.equal(error.problems.filter(({ where }) => where === 'faults').length, 3);
      assert.ok(error.problems.every(({ where, hint }) => where === 'port' || hint !== undefined));
      assert.match(error.problems.map(({ hint }) => hint).join('\n'), /known faults: null, stall, delay/);
      return true;
    },
  );
});

test('a slow reader needs the engine that can stop reading', () => {
  assert.throws(() => parseServerOptions({ engine: 'uws', faults: 'slow-reader:10/s' }), /slow-reader needs .*ws/);
  for (const engine of ['ws', 'auto']) {
    assert.equal(parseServerOptions({ engine, faults: 'slow-reader:10/s' }).engine, engine);
  }
});

test('values that are none are refused, each by its name', () => {
  for (const [key, values] of Object.entries({
    engine: ['fast', 1, null],
    host: ['', 5],
    port: [-1, 65_536, 1.5, Number.NaN, '80', Number.POSITIVE_INFINITY],
    path: ['ws', '/a?b', '/a b', '', 3],
    pingIntervalMs: [-1, 5, 1e12, Number.NaN, '30s'],
    token: ['', 3],
    origins: ['https://a.example', [''], [1]],
    quota: [0, -1, 1.5, Number.NaN],
    maxConnections: [0, Number.NaN],
    maxMessageBytes: [0, 63, 17 * 1024 * 1024, Number.NaN],
    maxFrameBytes: [0, 17 * 1024 * 1024],
    maxBufferedBytes: [0, Number.NaN],
    textOnly: ['yes'],
    plainEcho: ['yes'],
    certFile: ['c.pem'],
    keyFile: ['k.pem'],
    faults: [1, [1], '', 'x', null],
    seed: [-1, 1.5, 2 ** 32, '1'],
    truthLog: ['', 3],
    fault: ['drop:1%'],
  })) {
    for (const value of values) {
      assert.throws(
        () => parseServerOptions({ [key]: value }),
        (error) => {
          assert.ok(error instanceof WsurgeError && error.exitCode === 104, `${key} ${String(value)}`);
          assert.ok(error.problems.length > 0 && error.next !== null);
          assert.match(
            error.problems[0]!.where,
            key === 'certFile' ? /keyFile/ : key === 'keyFile' ? /certFile/ : new RegExp(key),
          );
          return true;
        },
      );
    }
  }
});

test('all problems are listed at once, under the names their user knows', () => {
  assert.throws(
    () => parseServerOptions({ port: Number.NaN, quota: 0, engine: 'x', certFile: 'c.pem' }, (key) => `--${key}`),
    (error) => {
      assert.ok(error instanceof WsurgeError);
      assert.deepEqual(error.problems.map(({ where }) => where).sort(), ['--engine', '--keyFile', '--port', '--quota']);
      return true;
    },
  );
});

test('the application limit may not pass the protocol limit', () => {
  assert.throws(
    () => parseServerOptions({ maxMessageBytes: 2049, maxFrameBytes: 2048 }),
    /maxMessageBytes: must be at most/,
  );
  assert.equal(parseServerOptions({ maxMessageBytes: 2048, maxFrameBytes: 2048 }).maxMessageBytes, 2048);
});
