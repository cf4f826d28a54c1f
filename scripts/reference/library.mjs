// docs/reference/library.md: what the package exports, from the sources of src/index.ts: signatures and doc comments.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { code, page, paragraph, table } from './markdown.mjs';

const INDEX = new URL('../../src/index.ts', import.meta.url);

export function libraryPage() {
  const all = exportsOf(INDEX);
  const isFunction = ({ nodes }) => ts.isFunctionDeclaration(nodes[0]);
  const isRequest = ({ file }) => file.href.endsWith('/requests.ts');
  const isValue = ({ nodes }) => ts.isVariableStatement(nodes[0]) || ts.isClassDeclaration(nodes[0]);
  const isCall = (one) => isFunction(one) && one.file.href.endsWith('/calls.ts');
  const isType = (one) => !isFunction(one) && !isRequest(one) && !isValue(one);
  const chapter = (title, which) => [`## ${title}`, ...all.filter(which).flatMap(entry)];
  return page(
    'The library',
    `What \`import { ... } from 'wsurge'\` gives. [The guide](../guide/library.md) shows how it is used;
    [stability](../stability.md) says what may change. Where a type of the profile stands
    (\`WrittenProfile['duration']\`), [its key](profile.md) says what is accepted.`,
    ...chapter('Calls', isCall),
    ...chapter('Requests', isRequest),
    ...chapter('Other functions', (one) => isFunction(one) && !isCall(one)),
    ...chapter('Values and classes', isValue),
    ...chapter('Types', isType),
  );
}

/** What a module exports: its name, and the declarations behind it (several for an overloaded function). */
function exportsOf(file) {
  const source = sourceOf(file);
  return source.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) {
      const from = new URL(statement.moduleSpecifier.text.replace(/\.js$/, '.ts'), file);
      return statement.exportClause.elements.map(({ name, propertyName }) =>
        found(name.text, from, declarationsOf(sourceOf(from), (propertyName ?? name).text)),
      );
    }
    const name = isExported(statement) ? nameOf(statement) : undefined;
    return name === undefined ? [] : [found(name, file, [statement])];
  });
}

function found(name, file, nodes) {
  if (nodes.length === 0) throw new Error(`${file.href} declares no ${name}`);
  return { name, file, nodes };
}

const SOURCES = new Map();

function sourceOf(file) {
  const path = fileURLToPath(file);
  const source =
    SOURCES.get(path) ?? ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2023, true);
  SOURCES.set(path, source);
  return source;
}

/** The declarations of a name; of an overloaded function those that a caller sees. */
function declarationsOf(source, name) {
  const all = source.statements.filter((statement) => nameOf(statement) === name);
  const overloads = all.filter((node) => ts.isFunctionDeclaration(node) && node.body === undefined);
  return overloads.length > 0 ? overloads : all;
}

function nameOf(statement) {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations[0].name.text;
  return statement.name?.text;
}

function isExported(node) {
  return node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}

function entry({ name, file, nodes }) {
  const parts = nodes.flatMap((node) => {
    if (ts.isFunctionDeclaration(node)) return [fence(signature(node)), required(docOf(node), name, file)];
    if (ts.isInterfaceDeclaration(node)) return [docOf(node), ...interfaceParts(node)];
    if (ts.isClassDeclaration(node)) return [docOf(node), members(node.members.filter(isPublic))];
    if (ts.isVariableStatement(node)) return [docOf(node), ...typeOfValue(node)];
    return [docOf(node), fence(plainText(node))];
  });
  return [`### ${name}`, ...parts.filter((part) => part !== '')];
}

function required(doc, name, file) {
  if (doc === '') throw new Error(`${name} of ${file.href} has no doc comment`);
  return doc;
}

/** A doc comment as prose; what is deprecated is said first. */
function docOf(node) {
  const [doc] = (ts.getJSDocCommentsAndTags(node) ?? []).filter(ts.isJSDoc);
  if (doc === undefined) return '';
  const text = ts.getTextOfJSDocComment(doc.comment) ?? '';
  const deprecated = ts.getJSDocDeprecatedTag(node);
  const instead =
    deprecated === undefined ? '' : ` **Deprecated.** ${ts.getTextOfJSDocComment(deprecated.comment) ?? ''}`;
  return paragraph(`${text}${instead}`.trim());
}

function signature(node) {
  const end = node.body === undefined ? node.end : node.body.pos;
  return node
    .getSourceFile()
    .text.slice(node.getStart(), end)
    .replace(/^export /, '')
    .trim();
}

/** The text of a declaration without comments, which are not broken at the width of a page. */
function plainText(node) {
  const printer = ts.createPrinter({ removeComments: true });
  const text = printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile()).replace(/^export /, '');
  const lines = text.split('\n');
  const isWide = lines.some((line) => line.length > 118);
  return isWide ? text.replace(/ \| /g, '\n    | ') : text;
}

function interfaceParts(node) {
  const bases = (node.heritageClauses ?? []).flatMap(({ types }) => types.map((type) => code(oneLine(type))));
  const extended = bases.length === 0 ? '' : `Has all keys of ${bases.join(' and of ')}.`;
  return [extended, members(node.members)];
}

function isPublic(member) {
  if (ts.isConstructorDeclaration(member) || ts.isClassStaticBlockDeclaration(member)) return false;
  if (member.name !== undefined && ts.isPrivateIdentifier(member.name)) return false;
  return member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword) !== true;
}

/** One row for each key or method. */
function members(nodes) {
  const rows = nodes.map((member) => {
    const optional = member.questionToken === undefined ? '' : '?';
    const name = member.name === undefined ? memberKey(member) : member.name.getText();
    const isStatic = member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) === true;
    return [codeCell(`${isStatic ? 'static ' : ''}${name}${optional}`), codeCell(memberType(member)), docOf(member)];
  });
  return rows.length === 0 ? '' : table(['key', 'type', 'meaning'], rows);
}

/** Code that may hold backticks itself. */
function codeCell(text) {
  return text.includes('`') ? `\`\` ${text} \`\`` : code(text);
}

/** `[path: ...]`: an index signature has parameters for a name. */
function memberKey(member) {
  return `[${member.parameters.map(oneLine).join(', ')}]`;
}

function memberType(member) {
  if (ts.isIndexSignatureDeclaration(member)) return oneLine(member.type);
  if (ts.isMethodSignature(member) || ts.isMethodDeclaration(member) || ts.isGetAccessorDeclaration(member)) {
    const result = member.type === undefined ? 'unknown' : oneLine(member.type);
    if (ts.isGetAccessorDeclaration(member)) return result;
    return `(${member.parameters.map(oneLine).join(', ')}) => ${result}`;
  }
  if (member.type !== undefined) return oneLine(member.type);
  return member.initializer === undefined ? 'unknown' : oneLine(member.initializer);
}

function typeOfValue(node) {
  const [{ name, type }] = node.declarationList.declarations;
  return type === undefined ? [] : [fence(`const ${name.text}: ${type.getText()}`)];
}

function oneLine(node) {
  const printer = ts.createPrinter({ removeComments: true });
  return printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile()).replace(/\s+/g, ' ');
}

function fence(text) {
  return `\`\`\`typescript\n${text}\n\`\`\``;
}
