/**
 * The models of a load, and the keys that go with each. What a model does to a load stands in `plan/models.ts`.
 */
export const MODEL_NAMES = ['open', 'closed', 'listen'] as const;
export type Model = (typeof MODEL_NAMES)[number];

/** The model of a load that names none. */
export const DEFAULT_MODEL: Model = 'open';

interface ModelKeys {
  /** Why a load must not have a rate or arrivals, as a hint for the user; null if it must have a rate. */
  readonly noRate: string | null;
  /** Why a load must not have a message, as a hint for the user; null if it sends messages. */
  readonly noMessage: string | null;
  /** True if the load may say how many messages are kept in flight, and how long to wait after a reply. */
  readonly inFlight: boolean;
}

const SENDS_NOTHING = 'a listening load sends nothing';

export const MODEL_KEYS = {
  open: { noRate: null, noMessage: null, inFlight: false },
  closed: { noRate: 'replies set the pace: use inFlight and think', noMessage: null, inFlight: true },
  listen: { noRate: SENDS_NOTHING, noMessage: SENDS_NOTHING, inFlight: false },
} as const satisfies Readonly<Record<Model, ModelKeys>>;

export function isModel(text: unknown): text is Model {
  return MODEL_NAMES.some((name) => name === text);
}
