/** How good a piece of news is, and the colour that says so on a terminal. */
import type { Colors } from 'picocolors/types.js';

export type Tone = 'good' | 'warn' | 'bad' | 'plain';

export function toneColor(tone: Tone, colors: Colors): (text: string) => string {
  if (tone === 'good') return colors.green;
  if (tone === 'warn') return colors.yellow;
  return tone === 'bad' ? colors.red : colors.dim;
}
