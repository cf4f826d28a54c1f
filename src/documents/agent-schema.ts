import { z } from 'zod';

const nullable = z.number().nullable();

/** What an agent of a fleet did in a cell. */
export const agentSchema = z.object({
  agent: z.string(),
  workers: z
    .tuple([z.number(), z.number()])
    .describe('Numbers of its workers, from the first up to, but not with, the second: [0, 1] is worker 0 alone'),
  status: z.enum(['done', 'stopped', 'lost', 'unknown']).describe('unknown: the coordinator was killed in this cell'),
  error: z.string().nullable(),
  clock: z
    .object({ errorUs: z.number(), driftUs: z.number() })
    .nullable()
    .describe(
      "What is not known of its clock's offset, and how far the clock moved in the cell, microseconds; null in a killed run",
    ),
  address: z.string().nullable().describe('Of the target, as this agent resolved its name; null if not known'),
  bus: z
    .object({
      reconnects: nullable.describe('How often the agent had to connect to the broker anew; null if it was lost'),
      sent: z.number().describe('Orders to it, beats among them, and its reports'),
      repeated: z.number().describe('How often one of them had to be sent again'),
    })
    .nullable()
    .describe('How it and the coordinator used the broker in this cell; null in a killed run'),
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
