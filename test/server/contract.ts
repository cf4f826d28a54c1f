import { describe } from 'node:test';
import type { EngineName } from '../../src/server/options.js';
import { accessContract } from './contract-access.js';
import { faultContract, slowReaderContract } from './contract-faults.js';
import { lifeContract } from './contract-life.js';
import { messageContract } from './contract-messages.js';
import { roomFaultContract } from './contract-rooms.js';
import { trafficContract } from './contract-traffic.js';

/** Everything the reference server promises, whatever the engine. A `skip` reason shows why it was not tried. */
export function contract(engine: EngineName, skip: string | false = false): void {
  describe(`reference server on ${engine}`, { skip }, () => {
    messageContract(engine);
    trafficContract(engine);
    accessContract(engine);
    lifeContract(engine);
    faultContract(engine);
    roomFaultContract(engine);
    if (engine === 'ws') slowReaderContract();
  });
}
