import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineName } from '../../src/server/options.js';
import { Client, frame, RawClient, within } from './client.js';
import { serving, talking } from './serving.js';

/** Echo, errors, limits and broken frames. */
export function messageContract(engine: EngineName): void {
  test('a message comes back byte for byte, with fields nobody knows', async () => {
    await talking(engine, {}, async (client) => {
      for (const text of [
        '{"type":"message","content":"hi"}',
        '{ "type" : "message", "bot_id": 7, "content": {"a":[1.50, -0]}, "sequence":1000000001 ,"x":null}',
        '{"content":"","type":"message","text":"grüße 🌊 \\u0000"}',
        '{"type":"message","content":0}',
      ]) {
        client.send(text);
        assert.equal(await client.nextText(), text);
      }
    });
  });

  test('messages of one connection come back in order', async () => {
    await talking(engine, {}, async (client) => {
      for (let i = 0; i < 500; i += 1) client.send({ type: 'message', content: 'x'.repeat(i), sequence: i });
      for (let i = 0; i < 500; i += 1) assert.equal((await client.nextJson())['sequence'], i);
    });
  });

  test('binary comes back as binary, 0 bytes to the application limit', async () => {
    await talking(engine, {}, async (client) => {
      for (const size of [0, 1, 125, 126, 65_535, 65_536, 1024 * 1024]) {
        const bytes = Buffer.alloc(size, size % 251);
        client.send(bytes);
        const { data, isBinary } = await client.next();
        assert.ok(isBinary);
        assert.ok(data.equals(bytes), `${size} bytes`);
      }
    });
  });

  test('a fragmented message is echoed as one', async () => {
    await talking(engine, {}, async (client) => {
      client.socket.send('{"type":"message",', { fin: false });
      client.socket.send('"content":"two parts"}', { fin: true });
      assert.equal(await client.nextText(), '{"type":"message","content":"two parts"}');
    });
  });

  test('ping is answered with pong, and other fields come back with it', async () => {
    await talking(engine, {}, async (client) => {
      client.send('{"type":"ping"}');
      assert.equal(await client.nextText(), '{"type":"pong"}');
      assert.deepEqual(await client.ask({ type: 'ping', sequence: 12 }), { type: 'pong', sequence: 12 });
    });
  });

  test('a bad message gets an error that names the reason, and the connection stays open', async () => {
    await talking(engine, {}, async (client) => {
      const cases: [string, string, RegExp][] = [
        ['{"type":', 'invalid_json', /JSON/],
        ['', 'invalid_json', /JSON/],
        ['[1]', 'invalid_field', /object/],
        ['null', 'invalid_field', /object/],
        ['{"content":1}', 'missing_field', /"type"/],
        ['{"type":"message"}', 'missing_field', /"content"/],
        ['{"type":"dance"}', 'unknown_type', /"dance"/],
        ['{"type":"__proto__"}', 'unknown_type', /__proto__/],
        ['{"type":"join"}', 'missing_field', /"room"/],
        ['{"type":"broadcast","room":7}', 'invalid_field', /"room" is 7/],
        ['{"type":"broadcast","room":"a","others":1}', 'invalid_field', /"others" is 1/],
        ['{"type":"stream","count":1}', 'missing_field', /"rate"/],
        ['{"type":"stream","count":0,"rate":1}', 'invalid_field', /"count" is 0/],
        ['{"type":"close"}', 'missing_field', /"code"/],
        ['{"type":"close","code":1005}', 'invalid_field', /"code" is 1005/],
      ];
      for (const [text, code, reason] of cases) {
        const answer = await client.ask(text);
        assert.deepEqual([answer['type'], answer['code']], ['error', code], text);
        assert.match(String(answer['message']), reason);
      }
      assert.deepEqual(await client.ask({ type: 'ping' }), { type: 'pong' });
    });
  });

  test('above the application limit there is an error, text and binary alike, and the connection stays open', async () => {
    await talking(engine, { maxMessageBytes: 1000 }, async (client) => {
      client.send(Buffer.alloc(1000));
      assert.equal((await client.next()).data.length, 1000);
      for (const message of [Buffer.alloc(1001), 'x'.repeat(1001)]) {
        const { code, message: text } = await client.ask(message);
        assert.equal(code, 'too_large');
        assert.match(String(text), /1001 bytes.*1000/);
      }
      assert.deepEqual(await client.ask({ type: 'ping' }), { type: 'pong' });
    });
  });

  test('the default limits are 1 MiB for an error and 16 MiB for a 1009', async () => {
    await talking(engine, {}, async (client) => {
      const mib = 1024 * 1024;
      assert.equal((await client.ask(Buffer.alloc(mib + 1)))['code'], 'too_large');
      assert.equal((await client.ask(Buffer.alloc(16 * mib)))['code'], 'too_large');
      client.send(Buffer.alloc(16 * mib + 1));
      assert.equal((await within(client.closed, 'the close')).code, 1009);
    });
  });

  test('above the protocol limit the connection closes with 1009, also for fragments', async () => {
    await serving(engine, { maxMessageBytes: 64, maxFrameBytes: 1024 }, async (server) => {
      const whole = await Client.open(server.url);
      whole.send(Buffer.alloc(1025));
      assert.equal((await within(whole.closed, 'the close')).code, 1009);
      const parts = await Client.open(server.url);
      parts.socket.send(Buffer.alloc(1000), { fin: false });
      parts.socket.send(Buffer.alloc(25), { fin: true });
      assert.equal((await within(parts.closed, 'the close')).code, 1009);
    });
  });

  test('text only: binary closes with 1003, text goes on', async () => {
    await serving(engine, { textOnly: true }, async (server) => {
      const client = await Client.open(server.url);
      assert.deepEqual(await client.ask({ type: 'ping' }), { type: 'pong' });
      client.send(Buffer.from('{"type":"ping"}'));
      assert.deepEqual(await within(client.closed, 'the close'), { code: 1003, reason: 'text messages only' });
    });
  });

  test('frames that break the protocol end their connection and no other', async () => {
    await serving(engine, {}, async (server) => {
      const bystander = await Client.open(server.url);
      const hugeHeader = Buffer.from([0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
      const broken: Record<string, Buffer> = {
        'reserved opcode': frame(0x3, Buffer.from('x')),
        'RSV bit without extension': Buffer.concat([Buffer.from([0xc1]), frame(1, Buffer.from('{}')).subarray(1)]),
        'invalid UTF-8': frame(1, Buffer.from([0xff, 0xfe])),
        'control frame too long': frame(0x9, Buffer.alloc(126)),
        'continuation of nothing': frame(0x0, Buffer.from('x')),
        'a length beyond all limits': hugeHeader,
      };
      for (const [what, bytes] of Object.entries(broken)) {
        const raw = new RawClient(server.port);
        assert.match(await raw.request(), / 101 /);
        raw.socket.write(bytes);
        await within(raw.closed, `the end of the connection after: ${what}`);
        assert.equal(raw.frames.includes('{"type"'), false, `${what} was answered as a message`);
      }
      assert.deepEqual(await bystander.ask({ type: 'ping' }), { type: 'pong' });
      await bystander.close();
    });
  });
}
