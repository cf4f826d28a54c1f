import { CATALOGUE } from '../server/faults/catalogue.js';

/** Every fault with its forms and what it does, for `wsurge serve --help`. */
export function faultsHelp(): string {
  const faults = Object.values(CATALOGUE).map(({ forms, does }) => `  ${forms.join('  ')}\n      ${does}`);
  return `Faults, several between commas or plus signs:\n${faults.join('\n')}`;
}
