#!/usr/bin/env node
// The command `wsurge`. A fresh clone has this file before it has a build: npm links it once and for all.
import { existsSync } from 'node:fs';

const built = new URL('../dist/bundle/cli/bin.js', import.meta.url);
if (existsSync(built)) await import(built.href);
else {
  process.stderr.write('wsurge: this clone is not built yet\n  try: npm start (or npm ci, then npm run build)\n');
  process.exitCode = 104;
}
