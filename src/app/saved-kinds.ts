/** How each kind of saved result is read from its folder and rendered. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { CapacityDocument } from '../documents/capacity-document.js';
import { parseCapacity } from '../documents/capacity-schema.js';
import type { CheckDocument } from '../documents/check-document.js';
import { parseCheck } from '../documents/check-schema.js';
import { parseComparison } from '../documents/comparison-schema.js';
import { parseResult } from '../documents/result-schema.js';
import type { SavedComparison } from '../documents/saved-comparison.js';
import type { SavedRun } from '../documents/saved-run.js';
import { usageError } from '../errors.js';
import { TimelineBuilder } from '../metrics/seconds/timeline.js';
import { capacityHtml } from '../report/capacity/page.js';
import type { FormatName } from '../report/format-names.js';
import {
  CAPACITY_FILE,
  CAPACITY_FORMATS,
  CHECK_FORMATS,
  COMPARISON_FILE,
  COMPARISON_FORMATS,
  type KindFormats,
  RUN_FORMATS,
} from '../report/formats.js';
import { runHtml } from '../report/run/page.js';
import type { PageAssets } from '../report/shared/page-assets.js';
import type { LongFile, ReportFile } from '../report/shared/report-file.js';
import { findDocument, readResult, readRun, visitIntervals } from '../store/read-run.js';
import { RESULT_FILE, RUN_FILE } from '../store/run-folder.js';
import { isKilledCheck, readKilledCheck } from './killed-check.js';
import { readKilledRun } from './killed-run.js';

/** A saved result, or several laid over each other, and the formats it can be rendered in. */
export interface SavedResult {
  /** The folder of the result, where its reports go too. Of several, the first. */
  readonly folder: string;
  readonly formats: readonly FormatName[];
  /** What has to be said of the result itself, or null. */
  readonly remark: string | null;
  render(format: FormatName, assets: PageAssets): readonly (ReportFile | LongFile)[];
}

/** Where a result was found: the file of its document, and the folder of that file. */
interface Place {
  readonly folder: string;
  readonly file: string;
}

type Open = (places: readonly Place[]) => Promise<SavedResult>;

/** `together`: renders several results as one page; null if results of this kind cannot be laid over each other. */
function kind<Saved>(
  read: (place: Place) => Promise<Saved>,
  formats: KindFormats<Saved>,
  together: ((saved: readonly Saved[], assets: PageAssets) => readonly ReportFile[]) | null,
): Open {
  return async (places) => {
    const { folder, file } = places[0]!;
    if (places.length > 1 && together === null) {
      const next = 'name one folder';
      throw usageError('stands_alone', `${file}: results of this kind cannot be laid over each other`, next);
    }
    const saved = await Promise.all(places.map(read));
    const remark = await remarkOf(places);
    if (saved.length > 1) return { folder, remark, formats: ['html'], render: (_, assets) => together!(saved, assets) };
    return {
      folder,
      remark,
      formats: Object.keys(formats) as FormatName[],
      render: (format, assets) => formats[format]?.(saved[0]!, assets) ?? [],
    };
  };
}

async function remarkOf(places: readonly Place[]): Promise<string | null> {
  const killed: string[] = [];
  for (const place of places) if (await endedEarly(place)) killed.push(place.folder);
  return killed.length === 0
    ? null
    : `CRASHED: no result in ${killed.join(', ')}: the run was killed, or still runs; this is what is on the disk`;
}

/** Without a result; or with the steps that a search had done, while its run.json says that the search goes on. */
async function endedEarly({ folder, file }: Place): Promise<boolean> {
  if (isKilled(file)) return true;
  if (path.basename(file) !== CAPACITY_FILE || !existsSync(path.join(folder, RUN_FILE))) return false;
  const { status } = await readRun(folder);
  return status === 'running' || status === 'crashed';
}

/** By the `kind` of the document. */
const KINDS: Readonly<Record<string, Open>> = {
  run: kind(
    ({ folder, file }) => (isKilled(file) ? readKilledRun(folder) : readSavedRun(folder)),
    RUN_FORMATS,
    runHtml,
  ),
  capacity: kind(({ file }) => readResult(file, parseCapacity), CAPACITY_FORMATS, searchesTogether),
  comparison: kind(readSavedComparison, COMPARISON_FORMATS, null),
  check: kind(
    (place) => (isKilled(place.file) ? readKilledCheck(place.folder) : readSavedCheck(place)),
    CHECK_FORMATS,
    null,
  ),
};

/** The documents that a folder may hold. The first one found decides the kind. */
const DOCUMENTS = [RESULT_FILE, CAPACITY_FILE, COMPARISON_FILE];

/** A folder whose only document is run.json is what is left of a run or a check that was killed. */
function isKilled(file: string): boolean {
  return path.basename(file) === RUN_FILE;
}

/**
 * Opens saved folders or documents of any kind; several are laid over each other. Throws WsurgeError (104) if one is
 * missing, torn or of another version, or if they do not go together.
 */
export async function openSaved(locations: readonly string[]): Promise<SavedResult> {
  const places = await Promise.all(locations.map(placeOf));
  const names = await Promise.all(places.map(kindAt));
  const name = names[0]!;
  const open = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (open === undefined) {
    throw usageError(
      'results_unreadable',
      `${locations[0]}: holds results of kind ${JSON.stringify(name)}; this version of wsurge renders ${Object.keys(KINDS).join(', ')}`,
    );
  }
  const odd = names.findIndex((each) => each !== name);
  if (odd > 0) {
    const message = `${locations[0]} is of kind ${name}, ${locations[odd]} of kind ${names[odd]}: they cannot be laid over each other`;
    throw usageError('different_kinds', message, 'name folders of one kind');
  }
  return await open(places);
}

async function placeOf(location: string): Promise<Place> {
  const file = await findDocument(location, [...DOCUMENTS, RUN_FILE]);
  return { folder: path.dirname(file), file };
}

async function kindAt({ folder, file }: Place): Promise<string> {
  if (!isKilled(file)) return await readResult(file, kindOf);
  return (await isKilledCheck(folder)) ? 'check' : 'run';
}

function kindOf(value: unknown): string {
  const kind = typeof value === 'object' && value !== null ? (value as { kind?: unknown }).kind : undefined;
  if (typeof kind !== 'string') throw new Error('no result document: it names no kind');
  return kind;
}

/** A run with every second of its cells. Throws WsurgeError (104) where one of its three files is missing or damaged. */
export async function readSavedRun(folder: string): Promise<SavedRun> {
  // Every run folder has a run.json, even if the run never finished. A folder without it is none of ours.
  await readRun(folder);
  const document = await readResult(folder, parseResult);
  const lines = new TimelineBuilder();
  await visitIntervals(folder, lines);
  return { document, timelines: lines.timelines() };
}

/** A check, with the load that was measured beside it. Throws WsurgeError (104) if a file is missing or damaged. */
async function readSavedCheck({ folder, file }: Place): Promise<CheckDocument> {
  await readRun(folder);
  return await readResult(file, (value) => {
    const document = parseCheck(value);
    if (document.load?.status === 'measured') parseResult(document.load.result);
    return document;
  });
}

/** Reads a comparison. One made by `ab` has a run.json beside it, with the profile; one made by `compare` has none. */
async function readSavedComparison({ folder, file }: Place): Promise<SavedComparison> {
  const document = await readResult(file, parseComparison);
  if (path.basename(file) === COMPARISON_FILE) return { document, record: null };
  const { runId, profile } = await readRun(folder);
  return { document, record: { runId, profile } };
}

/** Lays searches over each other. Throws WsurgeError (104) if they searched another axis or another SLO. */
function searchesTogether(documents: readonly CapacityDocument[], assets: PageAssets): readonly ReportFile[] {
  const first = documents[0]!;
  for (const { search, runId } of documents) {
    const { axis, slo } = first.search;
    if (search.axis === axis && search.slo === slo) continue;
    throw usageError(
      'different_searches',
      `${first.runId} searched ${axis} within ${slo}, ${runId} ${search.axis} within ${search.slo}: their curves have no axis in common`,
      'name searches of one axis and one SLO',
    );
  }
  return capacityHtml(documents, assets);
}
