import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { recovered, type ServerProbe } from '../../src/coordinator/coordinator.js';

const GOES_ON = new AbortController().signal;
/** Between two samples, on the clock of the test. */
const STEP_MS = 400;

/** Waits for a server that has these numbers of open files, one a sample. Returns how many samples were taken. */
async function samplesTaken(openFds: readonly number[], cpuShare: number, stop = GOES_ON): Promise<number> {
  let taken = 0;
  const probe: ServerProbe = {
    ...{ engine: null, pid: 1, unavailable: null },
    sample: () => {
      const atMs = taken * STEP_MS;
      const fds = openFds[Math.min(taken, openFds.length - 1)]!;
      taken++;
      return { atMs, cpuMs: atMs * cpuShare, rssBytes: 0, openFds: fds };
    },
  };
  await recovered(probe, 10, stop, () => taken * STEP_MS);
  return taken;
}

describe('the pause between two cells', () => {
  it('ends when the server has closed its files', async () => {
    assert.equal(await samplesTaken([30, 20, 10], 0), 3);
  });

  it('ends after a second with a server that keeps its files and does nothing', async () => {
    assert.equal(await samplesTaken([30], 0), 3);
  });

  it('lasts while the server works off what it was sent', async () => {
    assert.equal(await samplesTaken([30, 30, 30, 30, 30, 30, 30, 10], 0.9), 8);
  });

  it('ends with an interrupt', async () => {
    assert.equal(await samplesTaken([30], 0.9, AbortSignal.abort()), 1);
  });
});
