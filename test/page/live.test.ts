/** The page of a run that goes on, in a browser: it draws itself anew with what its server tells it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it } from 'node:test';
import { readPageAssets } from '../../src/app/page-assets.js';
import { pageData } from '../../src/report/run/page-data.js';
import { pageText } from '../../src/report/shared/html.js';
import { skipWithout } from '../needs.js';
import { documentOf } from '../report/document-fixture.js';
import { savedRunOf } from '../report/run/saved-fixture.js';
import { launch } from './browser.js';

const named = (name: string) => pageData([savedRunOf(documentOf({ profile: { name } }))]);

it('a live page asks its own server for news, and is drawn again', {
  skip: await skipWithout('chromium'),
}, async (t) => {
  const html = pageText({ kind: 'run', title: 'live', data: named('before') }, await readPageAssets(), true);
  const server = createServer();
  const watching = new Promise<ServerResponse>((resolve) => {
    server.on('request', ({ url }, response) => {
      if (url === '/events') {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
        resolve(response);
      } else response.setHeader('content-type', 'text/html').end(html);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const browser = await launch();
  t.after(async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
  });
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.getByRole('heading', { name: 'Run: before' }).waitFor();
  const events = await watching;
  events.write(`data: ${JSON.stringify(named('after'))}\n\n`);
  await page.getByRole('heading', { name: 'Run: after' }).waitFor();
  const left = once(events, 'close');
  events.write('event: end\ndata: \n\n');
  await left;
  assert.deepEqual(complaints, []);
});
