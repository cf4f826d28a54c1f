import type { Scenario } from './check.js';
import { bothWaysScenario } from './scenarios/both-ways.js';
import { closeScenario } from './scenarios/close.js';
import { connectScenario } from './scenarios/connect.js';
import { orderScenario } from './scenarios/order.js';
import { receiveScenario } from './scenarios/receive.js';
import { reconnectScenario } from './scenarios/reconnect.js';
import { securityScenario } from './scenarios/security.js';
import { sendScenario } from './scenarios/send.js';
import { troubleScenario } from './scenarios/trouble.js';

/** Every scenario, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
  connectScenario,
  sendScenario,
  receiveScenario,
  bothWaysScenario,
  closeScenario,
  reconnectScenario,
  orderScenario,
  troubleScenario,
  securityScenario,
];
