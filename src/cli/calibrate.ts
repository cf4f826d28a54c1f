import { type CalibrationTrial, calibrateMachine } from '../app/calibrate.js';
import type { ExitCode } from '../errors.js';
import { DEFAULT_ACCURACY } from '../profile/accuracy.js';
import type { Accuracy } from '../profile/profile.js';
import { jsonText } from '../report/run/json.js';
import type { MachineFile } from '../store/machine-file.js';
import { formatCount, formatMs } from '../units.js';
import { accuracyText } from '../verdict/accuracy.js';
import type { CliIo } from './io.js';
import type { MachineRequest } from './options/machine-options.js';

/**
 * `wsurge calibrate`: measures the floor and the highest load at which this machine stays VALID, against the embedded
 * server. Later runs warn when they ask for more.
 */
export async function calibrateCommand({ json, quiet }: MachineRequest, io: CliIo): Promise<ExitCode> {
  const say = (line: string) => {
    if (!quiet) io.stderr.write(`${line}\n`);
  };
  const { exitCode, kept, file } = await calibrateMachine(io, {
    begins: (engine) => say(`the embedded server, engine ${engine}: about four minutes`),
    trial: (trial) => say(trialLine(trial)),
  });
  tell(kept, file, json, io);
  return exitCode;
}

function trialLine({ item, level, passed, why }: CalibrationTrial): string {
  return `${item.padEnd(12)} ${formatCount(level).padStart(8)}  ${passed ? 'valid' : (why ?? 'failed')}`;
}

/** What the figures below it stand for. */
function finenessText(accuracy: Accuracy): string {
  const coarser = `: coarser than the usual ${accuracyText(DEFAULT_ACCURACY)}, because this machine disturbs even an idle echo`;
  return `latencies to within ${accuracyText(accuracy)}${accuracy.us > DEFAULT_ACCURACY.us ? coarser : ''}`;
}

function tell(kept: MachineFile, file: string, json: boolean, io: CliIo): void {
  if (json) {
    io.stdout.write(jsonText(kept));
    return;
  }
  const { accuracy, floorUs, ratePerSecond, connections, connectsPerSecond } = kept.calibration;
  const most = (value: number | null) => (value === null ? 'none: not VALID even at the least' : formatCount(value));
  const ms = (us: number | null) => (us === null ? 'n/a' : `${formatMs(us)} ms`);
  const lines = [
    `floor            p50 ${ms(floorUs.p50)}, p99 ${ms(floorUs.p99)}`,
    ...(accuracy === undefined ? [] : [`accuracy         ${finenessText(accuracy)}`]),
    `messages         ${most(ratePerSecond)} a second`,
    `connections      ${most(connections)}`,
    `connects         ${most(connectsPerSecond)} a second`,
    `engine           ${kept.engine ?? 'unknown'}`,
    `kept in          ${file}`,
  ];
  io.stdout.write(`${lines.join('\n')}\n`);
}
