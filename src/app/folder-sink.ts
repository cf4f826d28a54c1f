import type { EventSink } from '../campaign/events.js';
import type { RunFolder } from '../store/run-folder.js';

/** Writes the lines of a campaign into the folder of its run: every report is made from them. */
export function folderSink(
  folder: Pick<RunFolder, 'appendInterval' | 'appendAgentSecond' | 'appendServerSecond'>,
): EventSink {
  return (event) => {
    if (event.type === 'line') folder.appendInterval(event.line);
    else if (event.type === 'agent-second') folder.appendAgentSecond(event.second);
    else if (event.type === 'server-second') folder.appendServerSecond(event.second);
  };
}
