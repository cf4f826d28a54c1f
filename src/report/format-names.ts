/**
 * The names of all formats. They are apart from the renderers, so that a command line is checked without loading those.
 */
export const FORMATS = ['html', 'md', 'junit', 'csv', 'hgrm', 'hlog', 'json'] as const;
export type FormatName = (typeof FORMATS)[number];

/** What `run` writes beside result.json, and `report` where no format is asked for. */
export const USUAL_FORMATS: readonly FormatName[] = ['md', 'html'];

/** `html,md`, or a list of such; null where none is asked for. */
export function formatsOf(given: unknown): { formats: FormatName[] | null; unknown: string[] } {
  if (given === undefined) return { formats: null, unknown: [] };
  const names = [given].flat().flatMap((text) => String(text).split(','));
  const wanted = [...new Set(names.map((name) => name.trim()))];
  const isFormat = (name: string): name is FormatName => (FORMATS as readonly string[]).includes(name);
  return { formats: wanted.filter(isFormat), unknown: wanted.filter((name) => !isFormat(name)) };
}
