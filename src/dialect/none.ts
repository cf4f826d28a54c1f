/** No protocol: a message is what the user wrote, a text as it is and anything else as JSON. */
import type { JsonValue } from '../profile/profile.js';
import { capturesOf, type Dialect, expected, stepOf } from './dialect.js';
import { jsonText } from './json-text.js';

export const none = (field: string): Dialect => ({
  separator: null,
  key: { kind: 'field', field },
  beat: null,
  opening: () => [],
  rules: () => [],
  step: (step) => stepOf(step, { send: step.send === undefined ? null : messageOf(step.send), confirm: null }),
  request: ({ name, weight, send, expect, capture }) => ({
    ...{ name, weight, send: messageOf(send ?? '') },
    expect: expected(expect, null),
    captures: capturesOf(capture),
  }),
});

/** The message itself: a text stands for itself, everything else for its JSON. */
export function messageOf(send: JsonValue): string {
  return typeof send === 'string' ? send : jsonText(send);
}
