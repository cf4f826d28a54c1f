import { C } from '../../metrics/counters.js';
import type { AgentSecond } from '../../metrics/seconds/agent-second.js';
import type { Cell } from '../../plan/cell.js';
import { sends } from '../../plan/cells.js';
import { AGENT_STATES, type AgentNow } from '../../report/shared/agents-now.js';

/** An agent of which nothing was heard for so many seconds is called silent. It tells something every second. */
const SILENT_SECONDS = 3;

/** An agent, as its newest line and the coordinator tell. */
interface Known {
  /** Its newest line in this cell; null before the first. */
  newest: AgentSecond | null;
  /** Seconds of the cell since that line, or since the cell began. */
  quietSeconds: number;
  left: { readonly how: 'lost' | 'leaving'; readonly why: string } | null;
}

/** What is known of the agents of a run. One that is lost stays lost: no other one takes its name within a run. */
export class AgentBoard {
  readonly #known = new Map<string, Known>();
  #cell: Cell | null = null;

  /** A cell begins, of these agents. */
  begin(cell: Cell, agents: readonly string[]): void {
    this.#cell = cell;
    for (const agent of agents) {
      this.#known.set(agent, { newest: null, quietSeconds: 0, left: this.#known.get(agent)?.left ?? null });
    }
  }

  /** An agent tells of a second of its own. */
  told(second: AgentSecond): void {
    const known = this.#of(second.agent);
    known.newest = second;
    known.quietSeconds = 0;
  }

  left(agent: string, how: 'lost' | 'leaving', why: string): void {
    const known = this.#of(agent);
    // One that was told to leave may be lost after it, never the other way round.
    if (known.left?.how === 'lost') return;
    const named = `agent ${agent} `;
    known.left = { how, why: why.startsWith(named) ? why.slice(named.length) : why };
  }

  /** A second of the cell is over. */
  passed(): void {
    for (const known of this.#known.values()) known.quietSeconds++;
  }

  /** The worst first, then the busiest. Empty where no agent makes the load. */
  now(): readonly AgentNow[] {
    const all = [...this.#known].map(([agent, known]) => this.#nowOf(agent, known));
    return all.sort(
      (a, b) =>
        AGENT_STATES.indexOf(a.state) - AGENT_STATES.indexOf(b.state) ||
        (b.busy ?? 0) - (a.busy ?? 0) ||
        (a.agent < b.agent ? -1 : 1),
    );
  }

  #of(agent: string): Known {
    const known = this.#known.get(agent) ?? { newest: null, quietSeconds: 0, left: null };
    this.#known.set(agent, known);
    return known;
  }

  #nowOf(agent: string, { newest, quietSeconds, left }: Known): AgentNow {
    const nothing = { open: null, ratePerSecond: null, busy: null };
    if (left?.how === 'lost') return { agent, state: 'lost', why: left.why, ...nothing };
    const isSilent = quietSeconds > SILENT_SECONDS && newest?.stage !== 'close';
    const told = newest === null ? nothing : { open: newest.open, ...this.#figuresOf(newest) };
    if (left !== null) return { agent, state: 'leaving', why: left.why, ...told };
    if (isSilent) return { agent, state: 'silent', why: null, ...told, ratePerSecond: null, busy: null };
    if (newest === null) return { agent, state: 'starting', why: null, ...nothing };
    return { agent, state: newest.stage === 'close' ? 'closing' : 'loading', why: null, ...told };
  }

  #figuresOf({ counters, elapsedMs, health }: AgentSecond): Pick<AgentNow, 'ratePerSecond' | 'busy'> {
    const count = (name: 'sent' | 'answered' | 'unmatched' | 'received') =>
      (counters.warmup?.[C[name]] ?? 0) + (counters.measure?.[C[name]] ?? 0);
    return { ratePerSecond: elapsedMs <= 0 ? null : (this.#achieved(count) * 1000) / elapsedMs, busy: health.busy };
  }

  /** As in the tables: answered, or sent where no reply is matched, or received where nothing is sent. */
  #achieved(count: (name: 'sent' | 'answered' | 'unmatched' | 'received') => number): number {
    const cell = this.#cell;
    if (cell !== null && !sends(cell)) return count('received');
    return cell?.reply.match === 'none' ? count('sent') : count('answered') + count('unmatched');
  }
}
