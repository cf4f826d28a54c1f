import { cellWith } from '../plan/cell-builder.js';
import { type Experiment, exactly, type Finding, finding } from './experiment.js';
import { runTapped, type TappedMessage } from './tapped-run.js';
import { Sorted } from './truth-delays.js';

const EARLIEST_MS = 0.05;
const MOST_MS = 2;
/** Of a reply that waits for the others of its socket, or for the reader's turn of the processor. */
const LATEST_MS = 20;
const DURATION_MS = 10_000;

interface Burst {
  readonly what: string;
  readonly connections: number;
  readonly rate: number;
  readonly faults: string;
  readonly tls?: boolean;
  /** One reply a socket: what the arrival stamp is for. Where several wait on one socket, only the first has it. */
  readonly isOneEach: boolean;
}

const BURSTS: readonly Burst[] = [
  { what: '1,000 sockets', connections: 1000, rate: 1100, faults: 'stall:900ms/1s', isOneEach: true },
  { what: '1,000 sockets, TLS', connections: 1000, rate: 1100, faults: 'stall:900ms/1s', tls: true, isOneEach: true },
  { what: '20 each on 50 sockets', connections: 50, rate: 1100, faults: 'stall:900ms/1s', isOneEach: false },
  { what: '50 sockets, delays of 10 ms', connections: 50, rate: 1000, faults: 'delay:exp(10ms)', isOneEach: false },
];

export const burst: Experiment = {
  id: 'L15',
  title: 'A thousand replies that are released at once',
  truth:
    'For 10 s, 1,100 messages a second to a server that answers nothing for 900 ms of each second and then everything: on 1,000 connections (plain and TLS), and 20 messages each on 50 connections. ' +
    'The server logs when each reply went out, on the clock that the client stamps with. No message may be received before that (first percentile: -0.05 ms). ' +
    'Where each reply has a socket of its own, the 99th percentile of the response time lies within 2 ms of what the log says, though the client needs longer than that to read a thousand sockets.',
  run: async () => {
    const findings: Finding[] = [];
    for (const each of BURSTS) findings.push(...(await findingsOf(each)));
    return findings;
  },
};

async function findingsOf({ what, connections, rate, faults, tls = false, isOneEach }: Burst): Promise<Finding[]> {
  const cell = cellWith({
    ...{ connections: { from: connections, to: connections }, rate: { from: rate, to: rate } },
    durationMs: DURATION_MS,
    drainMs: 3000,
  });
  const { messages } = await runTapped(cell, { faults, tls });
  const answered = messages.filter(({ truth, receivedUs }) => truth?.outUs != null && !Number.isNaN(receivedUs));
  const errors = sorted(answered, ({ receivedUs, truth }) => receivedUs - truth!.outUs!);
  const response = sorted(answered, ({ receivedUs, intendedUs }) => receivedUs - intendedUs);
  const truth = sorted(answered, ({ truth, intendedUs }) => truth!.outUs! - intendedUs);
  const early = { below: EARLIEST_MS, above: LATEST_MS };
  return [
    exactly(`${what}: answered`, 'messages', (rate * DURATION_MS) / 1000, answered.length),
    finding(`${what}: error of a message p1`, 'ms', 0, errors.at(0.01), early),
    finding(`${what}: error of a message p99`, 'ms', 0, errors.at(0.99), early),
    finding(`${what}: response p99`, 'ms', truth.at(0.99), response.at(0.99), {
      below: EARLIEST_MS,
      above: isOneEach ? MOST_MS : LATEST_MS,
    }),
  ];
}

/** Milliseconds of all messages, sorted. */
function sorted(messages: readonly TappedMessage[], us: (message: TappedMessage) => number): Sorted {
  return new Sorted(messages.map((message) => us(message) / 1000));
}
