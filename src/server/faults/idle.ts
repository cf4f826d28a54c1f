import { durationUs, type FaultKind } from './fault-kind.js';

/** Microseconds of silence in both directions that end a connection. */
export const idle: FaultKind<number> = {
  forms: ['idle:1s'],
  does: 'a connection on which no message went either way for that long is cut; pings are no messages',
  parse: (argument) => durationUs(argument),
};
