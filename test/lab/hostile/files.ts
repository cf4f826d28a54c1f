/** Files that are not what they should be: each is refused (104) with its name, soon, by every command that reads it. */
import { deflateSync } from 'node:zlib';
import { type Case, trial } from './case.js';

const PROFILES: Readonly<Record<string, string | Uint8Array>> = {
  'is empty': '',
  'is binary': new Uint8Array(4096).map((_, i) => (i * 31) % 256),
  'is UTF-16': Buffer.from('\ufefftarget: ws://127.0.0.1:1/\n', 'utf16le'),
  'has four megabytes of brackets': '['.repeat(4_000_000),
  'has an alias bomb': `a: &a [x,x]\n${Array.from({ length: 30 }, (_, i) => `${String.fromCharCode(98 + i)}${i}: [*a,*a]`).join('\n')}\n`,
  'is a list': '- 1\n- 2\n',
  'has unknown keys': 'targett: ws://127.0.0.1:1/\n',
  'has a duration of 1e400': 'target: { url: "ws://127.0.0.1:1/" }\nload:\n  - { connections: 1 }\nduration: 1e400s\n',
};

const BOMB = deflateSync(Buffer.alloc(30_000_000)).toString('base64');
const RESULTS: Readonly<Record<string, string>> = {
  'is empty': '',
  'is cut off': '{"schemaVersion": 1, "kind": "run", "cells": [',
  'nests 100,000 deep': `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
  'is of another kind': '{"kind": "\u001b[31mred", "schemaVersion": 1}',
  'is a run of nothing': '{"kind": "run", "schemaVersion": 1}',
  'holds a zlib bomb': `{"kind": "run", "schemaVersion": 1, "cells": [{"connectHistogram": "${BOMB}"}]}`,
  'is no object': '7',
};

const READERS: readonly (readonly string[])[] = [
  ['report', 'result.json'],
  ['compare', 'result.json', 'result.json'],
  ['history', 'add', 'result.json'],
];

export function fileCases(): Case[] {
  const profiles = Object.entries(PROFILES).flatMap(([what, text]) =>
    ['run', 'check', 'capacity'].map(
      (command): Case => ({
        group: 'files',
        name: `${command}: a profile that ${what}`,
        run: () => trial({ args: [command, 'p.yaml'], codes: [104], files: { 'p.yaml': text } }),
      }),
    ),
  );
  const results = Object.entries(RESULTS).flatMap(([what, text]) =>
    READERS.map(
      (args): Case => ({
        group: 'files',
        name: `${args[0]}: a result that ${what}`,
        run: () => trial({ args, codes: [104], files: { 'result.json': text } }),
      }),
    ),
  );
  const odd = ['/dev/zero', '/proc/self/mem', '/', '/nowhere'].map(
    (file): Case => ({
      group: 'files',
      name: `report: ${file}`,
      run: () => trial({ args: ['report', file], codes: [104] }),
    }),
  );
  return [...profiles, ...results, ...odd];
}
