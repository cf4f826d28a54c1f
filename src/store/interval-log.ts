/**
 * intervals.ndjson: one line for each interval, for each second of an agent, and for each sample of the server, each with a
 * checksum. Appended during a run.
 */
import type { Interval } from '../metrics/interval.js';
import type { AgentSecond } from '../metrics/seconds/agent-second.js';
import type { ServerSecond } from '../metrics/seconds/server-second.js';
import { checkedLine, parseCheckedLine } from './checked-line.js';

/** `{"crc":"<CRC-32 of the interval's JSON, 8 hex digits>","interval":{...}}` and a line feed. */
export function intervalLine(interval: Interval): string {
  return checkedLine('interval', interval);
}

/** As `intervalLine`, with `agent` in place of `interval`. */
export function agentLine(second: AgentSecond): string {
  return checkedLine('agent', second);
}

/** As `intervalLine`, with `server` in place of `interval`. */
export function serverLine(second: ServerSecond): string {
  return checkedLine('server', second);
}

export type ParsedLine =
  | { readonly ok: true; readonly interval: Interval }
  | { readonly ok: true; readonly agent: AgentSecond }
  | { readonly ok: true; readonly server: ServerSecond }
  | { readonly ok: false; readonly problem: string };

/** One line without its line feed. */
export function parseIntervalLine(line: string): ParsedLine {
  const parsed = parseCheckedLine(line, ['interval', 'agent', 'server'], 'an interval line');
  if (!parsed.ok) return parsed;
  const { kind, value } = parsed;
  if (kind === 'server') return { ok: true, server: value as ServerSecond };
  if (kind === 'agent') return { ok: true, agent: value as AgentSecond };
  return { ok: true, interval: value as Interval };
}
