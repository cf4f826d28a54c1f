import { z } from 'zod';
import { PROFILE_SCHEMA } from './schema.js';
import { schemaId } from './schema-id.js';

/** The JSON Schema of what users write, for editors. `schemas/profile.schema.json` is this, as text. */
export function profileJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(PROFILE_SCHEMA, { io: 'input' });
  return { $schema, $id: schemaId('profile'), title: 'wsurge profile', ...schema };
}

export function profileJsonSchemaText(): string {
  return `${JSON.stringify(profileJsonSchema(), null, 2)}\n`;
}
