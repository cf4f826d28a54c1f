import type { Did } from '../../src/server/faults/truth-entry.js';
import { cellWith } from '../plan/cell-builder.js';
import { type Experiment, exactly, finding } from './experiment.js';
import { misplaced } from './random-delay.js';
import { runTapped } from './tapped-run.js';

const FAULTS = ['drop:1%', 'duplicate:1%', 'swap:1%', 'alter:1%', 'misdeliver:1%'];

/** 3.3 standard deviations of a count of 1 % of 20,000. */
const CHANCE = { below: 47, above: 47 };

export const wrongReplies: Experiment = {
  id: 'L11',
  title: 'A server that loses, repeats, swaps, alters and misdelivers replies',
  truth:
    'For 20 s, 1,000 messages a second on 50 connections; of the replies 1 % each never comes, comes twice, comes after the next one, comes with other content, comes on another connection. ' +
    'The server logs what it did to which message: every kind is counted to the message. A message whose reply went elsewhere is lost as well. ' +
    'The histogram holds the first right reply of each answered message and nothing else.',
  run: async () => {
    const cell = cellWith({
      connections: { from: 50, to: 50 },
      rate: { from: 1000, to: 1000 },
      warmupMs: 0,
      durationMs: 20_000,
      reply: { match: 'sequence', field: 'sequence', echo: { kind: 'full' }, timeoutMs: 2000 },
    });
    const { result, messages } = await runTapped(cell, { faults: FAULTS.join(',') });
    const did = (what: Did) => messages.filter(({ truth }) => truth?.did === what).length;
    const { messages: counted, histograms } = result.flows[0]!;
    const answered = messages.filter(({ truth }) => truth?.outUs != null && truth.did !== 'misdelivered');
    const kinds = ['dropped', 'duplicated', 'swapped', 'altered', 'misdelivered'] as const;
    return [
      ...kinds.map((kind) => finding(`${kind} by the server`, 'messages', 200, did(kind), CHANCE)),
      exactly('planned', 'messages', 20_000, counted.planned),
      exactly('lost', 'messages', did('dropped') + did('misdelivered'), counted.lost),
      exactly('duplicated', 'messages', did('duplicated'), counted.duplicated),
      exactly('reordered', 'messages', did('swapped'), counted.reordered),
      exactly('corrupted', 'messages', did('altered'), counted.corrupted),
      exactly('misdelivered', 'messages', did('misdelivered'), counted.misdelivered),
      exactly('unexpected or late', 'messages', 0, counted.unexpected + counted.late),
      exactly('answered', 'messages', answered.length, counted.answered),
      exactly('in other buckets than tapped', 'messages', 0, misplaced(histograms.response!, answered)),
    ];
  },
};
