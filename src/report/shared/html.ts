/**
 * A page is one file that opens anywhere and loads nothing. Its data is a block of JSON that no browser runs; its scripts
 * and styles are allowed by their hashes, so that nothing else in the page can run.
 */
import { createHash } from 'node:crypto';
import { sanitize } from '../../text/sanitize.js';
import type { PageAssets, PageKind } from './page-assets.js';

export interface Page {
  /** Decides which scripts draw the page. */
  readonly kind: PageKind;
  readonly title: string;
  /** Plain data for those scripts. */
  readonly data: object;
}

/** `live`: the page may ask the server it came from for news. */
export function pageText({ kind, title, data }: Page, assets: PageAssets, live = false): string {
  // Not a module: the files share one scope, and their names must not leave it.
  const script = `(() => {\n'use strict';\n${assets.scripts[kind].join('\n')}\n})();\n`;
  const scripts = [assets.chartScript, script];
  const styles = [assets.chartStyle, assets.style];
  const policy = [
    "default-src 'none'",
    `script-src ${scripts.map(hashOf).join(' ')}`,
    `style-src ${styles.map(hashOf).join(' ')}`,
    ...(live ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(sanitize(`wsurge ${kind} · ${title}`, 120))}</title>
${styles.map((style) => `<style>${style}</style>`).join('\n')}
</head>
<body>
<noscript>This report draws its tables and charts with JavaScript, all of it in this file. report.md beside it needs none.</noscript>
<main id="report"${live ? ' data-live="events"' : ''}></main>
<script type="application/json" id="data">${inertJson(data)}</script>
${scripts.map((text) => `<script>${text}</script>`).join('\n')}
</body>
</html>
`;
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;
}

/** JSON without characters that could end its block or be invisible in the source. */
function inertJson(data: unknown): string {
  const unsafe = /[<>&\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
  return JSON.stringify(data).replace(
    unsafe,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
