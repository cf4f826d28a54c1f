/**
 * After how many rounds an interleaved comparison may be judged, each time with an interval of 98.2 %. Four such looks
 * are wrong as often as a single one with 95 %. Looking after every round would be wrong three times as often. Source:
 * S. J. Pocock, Group sequential methods in the design and analysis of clinical trials, Biometrika 64 (1977): nominal
 * level 0.0182 for four looks.
 */
export const LOOKS = [5, 8, 12, 20] as const;
/** The comparison ends after the last look. */
export const MOST_ROUNDS = LOOKS[LOOKS.length - 1]!;
export const LOOK_CONFIDENCE = 0.982;

/** The next look after `rounds` rounds; null after the last one. */
export function nextLook(rounds: number): number | null {
  return LOOKS.find((look) => look > rounds) ?? null;
}

export function isLook(rounds: number): boolean {
  return LOOKS.some((look) => look === rounds);
}
