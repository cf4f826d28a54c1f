import type { Scenario } from './check.js';
import { bothWaysScenario } from './scenarios/both-ways.js';
import { connectScenario } from './scenarios/connect.js';
import { receiveScenario } from './scenarios/receive.js';
import { sendScenario } from './scenarios/send.js';

/** Every scenario, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [connectScenario, sendScenario, receiveScenario, bothWaysScenario];
