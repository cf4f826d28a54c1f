/** What every document's schema is used for: to check a file that is read back, and to be published. */
import { z } from 'zod';
import { schemaId } from '../profile/schema-id.js';

/** What is wrong with a value that was read from a file, and where; null if it is as the schema says. */
export function firstProblem(schema: z.ZodType, value: unknown): string | null {
  const result = schema.safeParse(value);
  if (result.success) return null;
  const [issue] = result.error.issues;
  return issue === undefined ? 'it is none' : `${issue.path.join('.')}: ${issue.message}`;
}

/** JSON Schema (draft 2020-12). Readers must accept keys it does not name: later versions add some. */
export function jsonSchemaOf(schema: z.ZodType, id: string, title: string): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return { $schema, $id: schemaId(id), title, ...rest };
}

/** What a file under schemas/ holds. */
export function schemaFileText(schema: Record<string, unknown>): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}
