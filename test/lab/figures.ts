import type { Finding } from './experiment.js';

/** A finding as the cells of a table row, without its verdict. */
export interface Figures {
  readonly what: string;
  readonly truth: string;
  readonly reported: string;
  readonly error: string;
  readonly allowed: string;
}

export function figuresOf({ what, unit, truth, reported, error, tolerance }: Finding): Figures {
  const { below, above } = tolerance;
  const allowed = below === 0 && above === 0 ? 'none' : `${signed(-below)} to ${signed(above)}`;
  return {
    what: unit === '' ? what : `${what}, ${unit}`,
    truth: plain(truth),
    reported: plain(reported),
    error: signed(error),
    allowed,
  };
}

function signed(value: number): string {
  const text = plain(value);
  return value > 0 && text !== '0' ? `+${text}` : text;
}

/** Four digits, or all of a whole number. */
function plain(value: number): string {
  if (Number.isNaN(value)) return 'n/a';
  if (Number.isInteger(value)) return String(value === 0 ? 0 : value);
  return Number(Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(4)).toString();
}
