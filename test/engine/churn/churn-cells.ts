import type { CellResult } from '../../../src/metrics/cell-result.js';
import type { Cell } from '../../../src/plan/cell.js';
import type { ReconnectSpec } from '../../../src/profile/profile.js';
import { gatesOf } from '../../../src/verdict/gates.js';

export const IMMEDIATE: ReconnectSpec = { policy: 'immediate', baseMs: 100, capMs: 10_000, jitter: 'full' };
export const NEVER: ReconnectSpec = { ...IMMEDIATE, policy: 'never' };

/** 20 connections that live for half a second, one in 25 ms ending; 200 msg/s. */
export const CHURN: Partial<Cell> = {
  connections: { from: 20, to: 20 },
  axes: { connections: 20, rate: 200 },
  rate: { from: 200, to: 200 },
  lifetime: { kind: 'fixed', meanMs: 500 },
  warmupMs: 500,
  durationMs: 2000,
};

export const messages = (result: CellResult) => result.flows[0]!.messages;
export const failed = (result: CellResult) => gatesOf(result).filter(({ passed }) => !passed);
