// docs/reference/profile.md: every key of a profile, from the JSON Schema that editors use.
import { profileJsonSchema } from '../../dist/src/profile/json-schema.js';
import { code, page, table } from './markdown.mjs';

export function profilePage() {
  const { properties, required = [] } = profileJsonSchema();
  const top = Object.entries(properties);
  const sections = top.filter(([, schema]) => childrenOf(schema, '').length > 0);
  const plain = top.filter(([name, schema]) => !sections.some(([section]) => section === name) && schema !== undefined);
  return page(
    'Keys of a profile',
    `A profile is YAML 1.2 or JSON. Unknown keys, wrong types and values out of range are errors with line, column and a
    hint, all at once. Durations name their unit (\`500ms\`, \`30s\`, \`1m30s\`); rates are \`500/s\`, \`5k/s\`, \`30/m\` or a
    bare number per second; sizes \`64\`, \`10KB\`, \`1MiB\`; counts \`100\`, \`5k\`. Examples stand in
    [the guide](../guide/run.md#profiles).`,
    '## At the top',
    keyTable(plain.map(([name, schema]) => ({ path: name, schema, isRequired: required.includes(name) }))),
    ...sections.flatMap(([name, schema]) => [
      `## ${name}`,
      schema.description ?? '',
      keyTable(descendants(schema, name, new Set(name === 'load' ? Object.keys(properties) : []))),
    ]),
  );
}

function keyTable(keys) {
  return table(
    ['key', 'meaning', 'one of'],
    keys.map(({ path, schema, isRequired }) => [
      code(path),
      `${describe(schema)}${isRequired ? ' Required.' : ''}`,
      (schema.enum ?? []).map((value) => code(String(value))).join(', '),
    ]),
  );
}

function describe({ description = '', anyOf = [] }) {
  return description !== ''
    ? description
    : (anyOf.map((form) => form.description ?? '').find((text) => text !== '') ?? '');
}

/** Every key below a schema, at any depth, by its path. Keys in `known` are described elsewhere. */
function descendants(schema, path, known) {
  return childrenOf(schema, path).flatMap((child) =>
    known.has(child.name) && child.name !== 'name' ? [] : [child, ...descendants(child.schema, child.path, new Set())],
  );
}

/** The keys directly below a schema, in any of its forms. */
function childrenOf(schema, path) {
  const forms = [schema, ...(schema.anyOf ?? [])];
  return forms.flatMap((form) => {
    if (form.items !== undefined && !Array.isArray(form.items)) return childrenOf(form.items, `${path}[]`);
    if (form.additionalProperties?.anyOf !== undefined)
      return childrenOf(form.additionalProperties, `${path}.<metric>`);
    const required = form.required ?? [];
    return Object.entries(form.properties ?? {}).map(([name, value]) => ({
      name,
      path: `${path}.${name}`,
      schema: value,
      isRequired: required.includes(name),
    }));
  });
}
