#!/usr/bin/env node
import { EXIT, type ExitCode } from '../errors.js';
import { type CliIo, columnsOf, type Output } from './io.js';
import { main } from './main.js';

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // A second signal ends the process at once. A server that we started ends when its IPC channel closes.
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
    interrupt.abort();
  });
}
// The terminal was closed, or the ssh session ended. Both kernel and shell may send SIGHUP, so a second one is no hurry.
process.on('SIGHUP', () => interrupt.abort());

/** Why something could not be printed on stdout; the first of its kind. */
let unprinted: Error | null = null;

/**
 * Ignores what is no error of ours: the reader of a pipe has gone (`wsurge ... | head`: EPIPE), the terminal closed (EIO).
 * A full disk under stdout ends no run either, since its files may lie elsewhere: it is told at the end.
 */
function outputOf(stream: NodeJS.WriteStream): Output {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'EIO') return;
    if (stream === process.stdout) unprinted ??= error;
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

/** Whoever reads stdout must not take what is there for all of it. */
async function tellUnprinted(error: Error): Promise<ExitCode> {
  const { reasonOf } = await import('../store/store-error.js');
  const text = `wsurge: not everything could be written to stdout: ${reasonOf(error)}\n`;
  await new Promise<void>((done) => process.stderr.write(text, () => done()));
  return EXIT.internal;
}

const io: CliIo = {
  stdout: outputOf(process.stdout),
  stderr: outputOf(process.stderr),
  env: process.env,
  cwd: process.cwd(),
  signal: interrupt.signal,
};

const code = await main(process.argv.slice(2), io);
// Wait until everything is written: process.exit() would cut off what a pipe has not taken yet.
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise<void>((done) => stream.write('', () => done()))),
);
process.exit(unprinted === null ? code : await tellUnprinted(unprinted));
