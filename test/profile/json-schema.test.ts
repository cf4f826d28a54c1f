import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { profileJsonSchema, profileJsonSchemaText } from '../../src/profile/json-schema.js';

test('schemas/profile.schema.json has not drifted from the code', () => {
  const file = new URL('../../../schemas/profile.schema.json', import.meta.url);
  assert.equal(readFileSync(file, 'utf8'), profileJsonSchemaText(), 'run: npm run build && npm run schema');
});

test('every key has a description and no mapping takes unknown keys', () => {
  const undescribed: string[] = [];
  const open: string[] = [];
  const walk = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    const { properties, additionalProperties, propertyNames } = node as Record<string, unknown>;
    if (properties !== undefined && additionalProperties !== false) open.push(path);
    if (propertyNames === undefined && properties === undefined && (node as { type?: unknown }).type === 'object')
      open.push(path);
    for (const [key, value] of Object.entries((properties ?? {}) as Record<string, { description?: string }>)) {
      if (!value.description) undescribed.push(`${path}.${key}`);
    }
    for (const [key, value] of Object.entries(node)) walk(value, `${path}.${key}`);
  };
  walk(profileJsonSchema(), '');
  assert.deepEqual([undescribed, open], [[], []]);
});
