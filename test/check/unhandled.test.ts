import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unhandledIn } from '../../src/check/unhandled.js';

const TRACES: Readonly<Record<string, { printed: string; told: RegExp }>> = {
  'a stack trace of Node.js': {
    printed:
      '2026 listening\nTypeError: x is not a function\n    at onMessage (file:///srv/a.js:4:9)\n    at node:events:5:2\n',
    told: /^TypeError: x is not a function \| at onMessage \(file:/,
  },
  'an error event of Node.js': {
    printed: "node:events:497\n      throw er; // Unhandled 'error' event\n      ^\n",
    told: /^throw er; \/\/ Unhandled 'error' event/,
  },
  'a rejection of Node.js': {
    printed: '[UnhandledPromiseRejection: This error originated ...]',
    told: /UnhandledPromiseRejection/,
  },
  'a traceback of Python': {
    printed:
      'Traceback (most recent call last):\n  File "a.py", line 3, in f\n    int("x")\nValueError: invalid literal\n',
    told: /^Traceback \(most recent call last\): \| ValueError: invalid literal$/,
  },
  'a panic of Go': {
    printed: 'panic: runtime error: index out of range\n\ngoroutine 7 [running]:\n',
    told: /^panic: /,
  },
  'a panic of Rust': { printed: "thread 'main' panicked at src/main.rs:3:5:\n", told: /^thread 'main' panicked/ },
  'an exception of Java': {
    printed: 'java.lang.NullPointerException\n\tat chat.Server.onMessage(Server.java:41)\n',
    told: /^java\.lang\.NullPointerException \| at chat\.Server/,
  },
};

describe('what a server prints', () => {
  for (const [what, { printed, told }] of Object.entries(TRACES)) {
    it(`tells of ${what}`, () => assert.match(unhandledIn(printed) ?? 'nothing', told));
  }

  it('is no error where it only tells of one that was handled', () => {
    const lines = [
      'listening at 127.0.0.1:9001',
      'WARNING:  Invalid HTTP request received.',
      'protocol error on connection 3: closed with 1002',
      'at 12:00:01 client 7 left',
    ];
    assert.equal(unhandledIn(lines.join('\n')), null);
    assert.equal(unhandledIn(''), null);
  });

  it('is shown in whole characters', () => {
    const told = unhandledIn(`Uncaught ${'👩‍👩‍👧‍👦'.repeat(100)}`);
    assert.ok(told !== null && told.length < 600 && !told.includes('\ufffd'), told ?? '');
  });
});
