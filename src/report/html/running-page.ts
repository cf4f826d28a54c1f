import type { SavedRun } from '../saved-run.js';
import { type PageData, pageData } from './page-data.js';

/** What a run has judged before its end; thresholds and the result wait for it. */
const JUDGED = ['measurement', 'target', 'gates'];

/** The page of a run that is still on, `done` of `all` cells over: no verdict is given before its time. */
export function runningPageData(saved: SavedRun, done: number, all: number): PageData {
  const { runs } = pageData([saved]);
  return {
    runs: runs.map((run) => ({
      ...run,
      facts: run.facts
        .map(([name, value]) => [name, name === 'Status' ? 'running' : value] as const)
        .filter(([name]) => name !== 'Ended'),
      benchmark: [],
      verdict: [
        ...run.verdict.filter(({ label }) => JUDGED.includes(label)),
        { label: 'result', word: 'RUNNING', text: `${done} of ${all} cells done`, tone: 'plain' },
      ],
      reasons: run.reasons.filter(({ where }) => where !== 'run'),
    })),
  };
}
