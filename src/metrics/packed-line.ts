import type { FlowDelta, InstrumentDelta, Interval, SparseCounts } from './interval.js';
import { packCounts, unpackText } from './packed-counts.js';

type PackedFlow = Omit<FlowDelta, 'histograms'> & { readonly histograms: Readonly<Record<string, string>> };

/**
 * A line for the way between machines: its histograms are texts, base64 of `packCounts`. They are nearly all of a line,
 * and a text is read in a fraction of the time that a list of numbers takes.
 */
export type PackedLine = Omit<Interval, 'flow' | 'instrument'> & {
  readonly flow: readonly PackedFlow[];
  readonly instrument: unknown;
};

export function packLine({ flow, instrument, ...line }: Interval): PackedLine {
  return {
    ...line,
    flow: flow.map(({ histograms: { response, service, lag }, ...delta }) => ({
      ...delta,
      histograms: { response: packed(response), service: packed(service), lag: packed(lag) },
    })),
    instrument: instrument === null ? null : packedInstrument(instrument),
  };
}

/** What `packLine` made. Nothing of it is checked yet: what is no packed line comes back as no line. */
export function unpackLine(value: unknown): unknown {
  if (!isFields(value)) return value;
  const { flow, instrument } = value;
  return {
    ...value,
    flow: Array.isArray(flow) ? flow.map(unpackedFlow) : flow,
    instrument: isFields(instrument) ? unpackedEach(instrument) : instrument,
  };
}

function packedInstrument({ reported, truth, added, missed }: InstrumentDelta): unknown {
  const checks = { reported: packed(reported), truth: packed(truth) };
  return { ...checks, ...(added === undefined ? {} : { added: packed(added) }), missed };
}

function unpackedFlow(delta: unknown): unknown {
  if (!isFields(delta) || !isFields(delta['histograms'])) return delta;
  return { ...delta, histograms: unpackedEach(delta['histograms']) };
}

function unpackedEach(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const each: Record<string, unknown> = {};
  for (const name of Object.keys(fields)) each[name] = unpacked(fields[name]);
  return each;
}

function packed(counts: SparseCounts): string {
  return Buffer.from(packCounts(counts)).toString('base64');
}

function unpacked(part: unknown): unknown {
  return typeof part === 'string' ? unpackText(part) : part;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
