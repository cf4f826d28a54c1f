import { durationUs, type FaultKind, type Recurring, recurring, Wrong } from './fault-kind.js';

/** Once, `atUs` after the start, or again and again. */
export type Freeze =
  | { readonly kind: 'once'; readonly lengthUs: number; readonly atUs: number }
  | ({ readonly kind: 'recurring' } & Recurring);

export const freeze: FaultKind<Freeze> = {
  forms: ['freeze:2s@5s', 'freeze:2s/10s'],
  does: 'the whole process stands still, once (for 2 s, 5 s after its start) or in the last 2 s of every 10 s',
  parse: (argument) => {
    const parts = argument.split('@');
    if (parts.length === 1) {
      const spec = recurring(argument);
      return spec instanceof Wrong ? spec : { kind: 'recurring', ...spec };
    }
    if (parts.length !== 2) return new Wrong(`${JSON.stringify(argument)} is not LENGTH@START`);
    const lengthUs = durationUs(parts[0]!);
    const atUs = durationUs(parts[1]!, { zero: true });
    if (lengthUs instanceof Wrong) return lengthUs;
    return atUs instanceof Wrong ? atUs : { kind: 'once', lengthUs, atUs };
  },
};

/** The next freeze that is not over at `nowUs`; null if there is none left. */
export function nextFreeze(
  spec: Freeze,
  startUs: number,
  nowUs: number,
): { readonly fromUs: number; readonly toUs: number } | null {
  if (spec.kind === 'once') {
    const fromUs = startUs + spec.atUs;
    return fromUs + spec.lengthUs > nowUs ? { fromUs, toUs: fromUs + spec.lengthUs } : null;
  }
  const toUs = startUs + (Math.floor((nowUs - startUs) / spec.periodUs) + 1) * spec.periodUs;
  return { fromUs: toUs - spec.lengthUs, toUs };
}

const NOBODY_WAKES = new Int32Array(new SharedArrayBuffer(4));

/** Stops this thread, sockets and all, without using the processor. */
export function standStill(us: number): void {
  if (us > 0) Atomics.wait(NOBODY_WAKES, 0, 0, us / 1000);
}
