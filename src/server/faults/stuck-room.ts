import { durationUs, type FaultKind, Wrong } from './fault-kind.js';

/** A room that delivers nothing any more: from `afterUs` after the start, or after so many messages. */
export type StuckRoom =
  | { readonly kind: 'time'; readonly room: string; readonly afterUs: number }
  | { readonly kind: 'count'; readonly room: string; readonly after: number };

const MAX_MESSAGES = 1_000_000;

export const stuckRoom: FaultKind<StuckRoom> = {
  forms: ['stuck-room:r1@5s', 'stuck-room:r1@100'],
  does: 'delivers nothing more in the room r1, from 5 s after the start, or after its 100th message; other rooms go on',
  parse: (argument) => {
    const at = argument.lastIndexOf('@');
    if (at < 1) return new Wrong(`${JSON.stringify(argument)} is not ROOM@TIME or ROOM@COUNT`);
    const [room, when] = [argument.slice(0, at), argument.slice(at + 1)];
    if (/^\d+$/.test(when)) {
      const after = Number(when);
      if (after >= 1 && after <= MAX_MESSAGES) return { kind: 'count', room, after };
      return new Wrong(`${when} is not a count of messages from 1 to ${MAX_MESSAGES}`);
    }
    const afterUs = durationUs(when, { zero: true });
    return afterUs instanceof Wrong ? afterUs : { kind: 'time', room, afterUs };
  },
};

/** Whether a room delivers a message. `place`: of the message in its room, from 1. `sinceStartUs`: when it came in. */
export function isStuck(spec: StuckRoom, room: string, place: number, sinceStartUs: number): boolean {
  if (room !== spec.room) return false;
  return spec.kind === 'count' ? place > spec.after : sinceStartUs >= spec.afterUs;
}
