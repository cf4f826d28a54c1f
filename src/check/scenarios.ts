import type { Scenario } from './check.js';
import { connectScenario } from './scenarios/connect.js';

/** Every scenario, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [connectScenario];
