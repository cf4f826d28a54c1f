import { burn } from './burn.js';
import { delay } from './delay.js';
import { dropDelivery, duplicateDelivery } from './delivery-fate.js';
import { alter, drop, duplicate, misdeliver, swap } from './fate.js';
import { type FaultKind, Wrong } from './fault-kind.js';
import { freeze } from './freeze.js';
import { handshake } from './handshake.js';
import { idle } from './idle.js';
import { lateDelivery } from './late-delivery.js';
import { queue } from './queue.js';
import { refuse } from './refuse.js';
import { slowReader } from './slow-reader.js';
import { stall } from './stall.js';
import { stuckRoom } from './stuck-room.js';
import { truncate } from './truncate.js';

/** The plain echo: a name for "no fault". */
const nothing: FaultKind<true> = {
  forms: ['null'],
  does: 'no fault: the plain echo',
  parse: (argument) => (argument === '' ? true : new Wrong('null takes no value')),
};

/** All faults, by the name that users write. */
export const CATALOGUE = {
  null: nothing,
  stall,
  delay,
  queue,
  drop,
  duplicate,
  swap,
  alter,
  misdeliver,
  truncate,
  'drop-delivery': dropDelivery,
  'duplicate-delivery': duplicateDelivery,
  'late-delivery': lateDelivery,
  'stuck-room': stuckRoom,
  handshake,
  refuse,
  'slow-reader': slowReader,
  idle,
  freeze,
  burn,
} as const;

export type FaultName = keyof typeof CATALOGUE;

export const FAULT_NAMES = Object.keys(CATALOGUE) as readonly FaultName[];

type SpecOf<Kind> = Kind extends FaultKind<infer Spec> ? Spec : never;

/** The faults asked for, with their values. Faults not asked for are absent. */
export type FaultPlan = { readonly [Name in FaultName]?: SpecOf<(typeof CATALOGUE)[Name]> };
