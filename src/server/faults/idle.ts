import { durationUs, type FaultKind } from './fault-kind.js';

/** A connection ends after this many microseconds without a message in either direction. */
export const idle: FaultKind<number> = {
  forms: ['idle:1s'],
  does: 'cuts a connection that carried no message in either direction for that long; pings do not count',
  parse: (argument) => durationUs(argument),
};
