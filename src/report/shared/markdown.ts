/** The parts that every Markdown report is made of. Foreign text comes out as plain words. */
import type { GeneratorEnvironment } from '../../metrics/environment.js';
import { escapeMarkdown, sanitize } from '../../text/sanitize.js';
import { formatBytes, formatCount } from '../../units.js';

/** Longest text that is shown where nothing else is said. */
const MOST_TEXT = 400;

/** At most `most` characters of any text, as plain words. */
export function plain(text: string, most = MOST_TEXT): string {
  return escapeMarkdown(sanitize(text, most));
}

/** A table of cells that are Markdown already. `right`: which columns hold numbers. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly boolean[] = [],
): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map((_, i) => (right[i] === true ? '---:' : '---'))), ...rows.map(line)];
}

/** `p99 (ms)`. */
export function headText({ name, unit }: { readonly name: string; readonly unit: string }): string {
  return unit === '' ? name : `${name} (${unit})`;
}

/** Names and what they are, as a table without heads. */
export function factTable(facts: readonly (readonly [name: string, text: string])[]): string[] {
  return table(
    ['', ''],
    facts.map(([name, text]) => [plain(name), plain(text)]),
  );
}

export function bullets(texts: readonly string[]): string[] {
  return texts.map((text) => `- ${plain(text)}`);
}

/** A section that a click opens; nothing where it is empty. */
export function folded(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`<details><summary>${title}</summary>`, '', ...lines, '', '</details>'];
}

/** Each section as one text, without the empty ones. */
export function sectionTexts(sections: readonly (readonly string[])[]): string[] {
  return sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
}

/** Sections as one text. */
export function joined(sections: readonly (readonly string[])[]): string {
  return `${sectionTexts(sections).join('\n\n')}\n`;
}

/** A comment on a pull request takes 65,536 characters. */
const MOST_CHARACTERS = 60_000;

/**
 * Sections as one text. Those that do not fit into a comment are left out, with a line that says so; never an `always`.
 */
export function fitting(sections: readonly string[], always: ReadonlySet<string> = new Set()): string {
  let length = [...always].reduce((sum, text) => sum + text.length + 2, 0);
  const kept = sections.filter((text) => {
    if (always.has(text)) return true;
    if (length + text.length > MOST_CHARACTERS) return false;
    length += text.length + 2;
    return true;
  });
  if (kept.length < sections.length) kept.push('What did not fit into a comment is in report.html and result.json.');
  return `${kept.join('\n\n')}\n`;
}

/** The machines of a load; empty if none is known. */
export function machinesTable(generators: readonly GeneratorEnvironment[]): string[] {
  const limit = (value: number | null) => (value === null ? 'not known' : formatCount(value));
  const isFleet = generators.some(({ agent }) => agent !== undefined);
  const rows = generators.map(({ agent, host, cpu, cores, memoryBytes, kernel, node, limits }) =>
    [
      ...(isFleet ? [agent ?? 'none: it coordinates'] : []),
      ...[host, cpu, String(cores), formatBytes(memoryBytes), kernel, node],
      ...[limit(limits.openFiles), limit(limits.ephemeralPorts)],
    ].map((text) => plain(text)),
  );
  const heads = [
    ...(isFleet ? ['agent'] : []),
    'host',
    'cpu',
    'cores',
    'memory',
    'kernel',
    'node',
    'open files',
    'ephemeral ports',
  ];
  return rows.length === 0 ? [] : table(heads, rows);
}
