/**
 * Who is told what while the application works: the views of the command line, and the events of the library. Nothing
 * waits for them, and nothing that they do changes a result.
 */
import type { CampaignObserver } from '../campaign/campaign.js';
import type { RunFolder } from '../store/run-folder.js';
import type { TargetSession } from './target-session.js';

/** Keeps the lines of a run: its folder does. */
export type LineKeeper = Pick<RunFolder, 'appendInterval' | 'appendServerSecond'>;

export interface Watch {
  /** What a user should know of the way, the machine or the figures, a sentence each. */
  warn(texts: readonly string[]): void;
  /** A redirect is followed. Told also to who asked for few words: the load goes elsewhere than the user named. */
  redirected(notes: readonly string[]): void;
}

export interface LoadWatch extends Watch {
  /** Takes what happens under load, and hands its lines on to be kept. */
  observer(lines: LineKeeper): CampaignObserver;
}

/** A server that has answered one message. */
export type Reached = Pick<TargetSession, 'target' | 'endpoint' | 'canary'>;

const nothing = () => undefined;

/** Takes what happens under load where nobody asked. */
export const UNWATCHED: CampaignObserver = {
  ...{ onInterval: nothing, onServerSecond: nothing, onPhase: nothing },
  ...{ onProgress: nothing, onCellStart: nothing, onCellDone: nothing },
};
