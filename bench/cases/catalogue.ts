import type { Case } from '../case.js';
import type { NamedPeer } from '../peers/peer.js';
import { closedCase } from './closed.js';
import { fanoutCase } from './fanout.js';
import { fleetCase } from './fleet.js';
import { highestCase } from './highest.js';
import { idleCase } from './idle.js';
import { lagCase } from './lag.js';
import { openCase } from './open.js';
import { replayCase } from './replay.js';
import { startUpCase } from './start-up.js';
import { watchedCase } from './watched.js';

/** Every case, in the order in which they run; `peers` join those that they can do. */
export function casesWith(peers: readonly NamedPeer[]): Case[] {
  return [
    closedCase(100, false, { total: 1.3, user: 1.9 }, peers),
    closedCase(1000, false, { total: 1.2, user: 1.6 }, peers),
    closedCase(100, true, { total: 1.15, user: null }, []),
    closedCase(1000, true, { total: 1.15, user: null }, []),
    openCase(peers),
    fanoutCase(),
    lagCase(1000),
    lagCase(10_000),
    watchedCase(1000),
    watchedCase(10_000),
    replayCase(),
    startUpCase(),
    idleCase(),
    highestCase(),
    fleetCase(),
  ];
}
