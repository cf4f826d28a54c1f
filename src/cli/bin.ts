#!/usr/bin/env node
import { EXIT } from '../errors.js';
import { type CliIo, columnsOf, type Output } from './io.js';
import { main } from './main.js';

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The second one ends at once; a server of ours notices that its parent is gone.
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
    interrupt.abort();
  });
}

/** A pipe whose reader has gone (`wsurge ... | head`) is no error of ours. */
function outputOf(stream: NodeJS.WriteStream): Output {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    write: (text) => void stream.write(text),
    get isTTY() {
      return stream.isTTY === true;
    },
    get columns() {
      return columnsOf(stream);
    },
    get height() {
      return stream.rows;
    },
  };
}

const io: CliIo = {
  stdout: outputOf(process.stdout),
  stderr: outputOf(process.stderr),
  env: process.env,
  cwd: process.cwd(),
  signal: interrupt.signal,
};

const code = await main(process.argv.slice(2), io);
// Nothing may be cut off: a pipe takes what was written before the process ends.
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise<void>((done) => stream.write('', () => done()))),
);
process.exit(code);
