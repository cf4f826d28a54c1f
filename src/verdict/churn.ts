/** Text about connections that the plan replaced or cut. */
import type { CellResult, ChurnResult, EventResult } from '../metrics/cell-result.js';
import { recoveredCount } from '../metrics/recovery.js';
import { formatCount, formatDuration, formatMs } from '../units.js';
import { percent, plain } from './cell-facts.js';
import { codeList } from './target-status.js';

/** A line for the churn and one for each event; empty if the plan closes no connection. */
export function churnTexts(cell: CellResult): string[] {
  const { churn, events = [] } = cell;
  return [...(churn === undefined ? [] : [churnText(cell, churn)]), ...events.map(eventText)];
}

/** `churn: 20 of 20 connects/s, connect time p50 1.10 ms, connect time p95 2.10 ms, closed with 320 x 1000`. */
function churnText({ connectUs, closeCodes }: CellResult, { openedPerSecond, askedPerSecond }: ChurnResult): string {
  const parts = [`churn: ${perSecond(openedPerSecond)} of ${perSecond(askedPerSecond)} connects/s`];
  for (const name of ['p50', 'p95'] as const) {
    const us = plain(connectUs.total, name);
    if (us !== null) parts.push(`connect time ${name} ${formatMs(us)} ms`);
  }
  const closes = closeCodes.map(({ code, by, count }) => ({
    code: by === 'server' ? `${code} by the server` : code,
    count,
  }));
  if (closes.length > 0) parts.push(`closed with ${codeList(closes)}`);
  return parts.join(', ');
}

function perSecond(value: number): string {
  return value < 100 ? String(Number(value.toPrecision(3))) : formatCount(value);
}

/** `disconnect of 50 % at 5 s: 10 of 20 dropped, ...`. */
function eventText(event: EventResult): string {
  const { dropped, heldBefore, peakConnectsPerSecond, lostInFlight, notConnected, reached, refused } = event;
  if (!reached) return `${eventName(event)}: never came, the cell ended before`;
  const parts = [
    `${formatCount(dropped)} of ${formatCount(heldBefore)} connections dropped`,
    recoveredText(event),
    `peak ${formatCount(peakConnectsPerSecond)} connects/s`,
    `${formatCount(lostInFlight + notConnected)} messages lost in the gap`,
  ];
  if (refused > 0) parts.push(`${formatCount(refused)} connects refused meanwhile`);
  return `${eventName(event)}: ${parts.join(', ')}`;
}

/** Text of the recovery gate: whether 99 % of the connections were open again. */
export function recoveryText(event: EventResult): string {
  return `${eventName(event)}: ${recoveredText(event)}`;
}

function eventName({ kind, share, atMs }: EventResult): string {
  const what = kind === 'restart' ? 'restart of the server' : `disconnect of ${percent(share ?? 0)}`;
  return `${what} at ${formatDuration(atMs)}`;
}

function recoveredText({ recoveredMs, heldBefore, heldAfter, reconnect, problem }: EventResult): string {
  if (recoveredMs !== null) return `99 % held again after ${formatDuration(recoveredMs)}`;
  const held = `${formatCount(heldAfter)} of the ${formatCount(recoveredCount(heldBefore))} wanted were held in the end`;
  if (problem !== null) return `99 % never held again: the server did not come back`;
  return reconnect === 'never'
    ? `99 % never held again: ${held}, reconnect is never`
    : `99 % never held again: ${held}`;
}
