/** What is in capacity.json, as its schema says. */
import type { z } from 'zod';
import type { capacitySchema } from './capacity-schema.js';
import type { Frozen } from './frozen.js';

export const CAPACITY_SCHEMA_VERSION = 1;

/** capacity.json: what a search found, and every step of it. */
export type CapacityDocument = Frozen<z.infer<typeof capacitySchema>>;

export type CapacityStepRow = CapacityDocument['steps'][number];
export type CapacityAnswer = CapacityDocument['answer'];
export type CapacityGridRow = NonNullable<CapacityDocument['grid']>[number];
export type CapacityCost = CapacityDocument['costs'][number];
