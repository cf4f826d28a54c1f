// Light or dark, as the system is set, until the reader switches. Paper is always light.

import { el } from './dom.js';

/** Called when the colours changed, so that charts can be drawn again. @type {(() => void)[]} */
export const onTheme = [];
const prefersDark = matchMedia('(prefers-color-scheme: dark)');
export const onPaper = matchMedia('print');

function isDark() {
  const chosen = document.documentElement.dataset['theme'];
  return chosen === undefined ? prefersDark.matches : chosen === 'dark';
}

/** @param {HTMLButtonElement} button */
function showTheme(button) {
  button.textContent = isDark() ? 'Light' : 'Dark';
  button.setAttribute('aria-label', `Switch to ${isDark() ? 'light' : 'dark'} colours`);
}

export function themeButton() {
  const button = el('button', { type: 'button', class: 'theme' });
  button.addEventListener('click', () => {
    document.documentElement.dataset['theme'] = isDark() ? 'light' : 'dark';
    showTheme(button);
    for (const changed of onTheme) changed();
  });
  prefersDark.addEventListener('change', () => showTheme(button));
  showTheme(button);
  return button;
}

for (const query of [prefersDark, onPaper]) {
  query.addEventListener('change', () => {
    for (const changed of onTheme) changed();
  });
}

/**
 * The names of colours in the style sheet.
 * @typedef {'accent' | 'ink' | 'soft' | 'faint' | 'line' | 'bad' | 'warn'} Tone
 */

/**
 * The current value of a colour of the style sheet. `alpha` makes it transparent.
 * @param {Tone} tone
 * @param {number} [alpha]
 */
export function colorOf(tone, alpha = 1) {
  const probe = el('i', { class: `tone-${tone}`, hidden: '' });
  document.body.append(probe);
  const [red, green, blue] = getComputedStyle(probe).color.match(/[\d.]+/g) ?? [];
  probe.remove();
  return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}
