import { z } from 'zod';
import type { GeneratorEnvironment } from '../metrics/environment.js';
import type { InStep } from './frozen.js';

/** The machine that a result was measured on, as every kind of result has it. */
export const generatorSchema = z.object({
  agent: z.string().optional(),
  host: z.string(),
  cpu: z.string(),
  cores: z.number(),
  memoryBytes: z.number(),
  kernel: z.string(),
  node: z.string(),
  limits: z.object({ openFiles: z.number().nullable(), ephemeralPorts: z.number().nullable() }),
});

true satisfies InStep<z.infer<typeof generatorSchema>, GeneratorEnvironment>;
