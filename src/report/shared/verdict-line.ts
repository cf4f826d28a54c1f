/** One line of a verdict, and words that such lines share. */
import { formatCount } from '../../units.js';
import type { Tone } from './tone.js';

export interface VerdictLine {
  readonly label: string;
  readonly word: string;
  readonly text: string;
  readonly tone: Tone;
}

export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}
