/** The `$id` (address) of a JSON Schema of this package. `name`: profile, result, ... */
export function schemaId(name: string): string {
  return `https://github.com/wsurge/wsurge/raw/main/schemas/${name}.schema.json`;
}
