import { z } from 'zod';

const nullable = z.number().nullable();

/** What an agent of a fleet did in a cell. */
export const agentSchema = z.object({
  agent: z.string(),
  workers: z
    .tuple([z.number(), z.number()])
    .describe('Numbers of its workers, from the first up to, but not with, the second: [0, 1] is worker 0 alone'),
  status: z.enum(['done', 'stopped', 'lost']),
  error: z.string().nullable(),
  clock: z
    .object({ errorUs: z.number(), driftUs: z.number() })
    .describe("What is not known of its clock's offset, and how far the clock moved in the cell, microseconds"),
  repeated: z.number().describe('Orders that had to be sent again'),
  host: z
    .object({
      cpuPercent: nullable,
      rssBytes: nullable,
      throttled: nullable,
      steal: nullable,
      suspendedMs: nullable,
    })
    .nullable(),
});
