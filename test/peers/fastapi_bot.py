"""The bot protocol on FastAPI and uvicorn, as an application would write it: one endpoint, one task for each stream."""

import asyncio
import itertools
import json
import time

import uvicorn
from fastapi import FastAPI, WebSocket
from websockets.exceptions import ConnectionClosed

import peer

BREAKAGES = ["invalid-crashes", "close-code", "dedupe", "carry-over", "invalid-closes-all"]
OPTIONS = peer.arguments(BREAKAGES)
MAX_MESSAGE_BYTES = 1024 * 1024
CLOSE_CODES = {*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)}

app = FastAPI()
connections = {}
numbers = itertools.count()
# Only for `carry-over`: what the push of a cut connection had not sent yet, for whoever comes next.
left_behind = []


class Refused(Exception):
    """An error for the client; its connection stays open."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Bot:
    """One connection."""

    def __init__(self, socket):
        self.socket = socket
        self.number = next(numbers)
        self.streams = set()
        self.seen = set()

    async def run(self):
        while left_behind:
            await self.socket.send_text(left_behind.pop())
        while True:
            event = await self.socket.receive()
            if event["type"] == "websocket.disconnect":
                return
            if event.get("bytes") is not None:
                await self.take_binary(event["bytes"])
            elif not await self.take_text(event["text"]):
                return

    async def take_binary(self, data):
        if len(data) > MAX_MESSAGE_BYTES:
            await self.refuse(Refused("too_large", f"message has {len(data)} bytes"))
        else:
            await self.socket.send_bytes(data)

    async def take_text(self, text):
        """Returns False once the connection is closed."""
        try:
            return await self.obey(self.parse(text), text)
        except Refused as refused:
            if OPTIONS.broken == "invalid-crashes" and refused.code == "invalid_json":
                raise
            if OPTIONS.broken == "invalid-closes-all" and refused.code == "invalid_json":
                for other in [each for each in connections if each is not self]:
                    await other.socket.close(1011, "something went wrong")
            await self.refuse(refused)
            return True

    def parse(self, text):
        if len(text.encode()) > MAX_MESSAGE_BYTES:
            raise Refused("too_large", f"message has {len(text.encode())} bytes")
        try:
            message = json.loads(text)
        except ValueError as error:
            raise Refused("invalid_json", str(error)) from error
        if not isinstance(message, dict):
            raise Refused("invalid_field", 'a message is a JSON object with a "type"')
        if "type" not in message:
            raise Refused("missing_field", 'field "type" is missing')
        return message

    async def obey(self, message, text):
        kind = message["type"]
        if kind == "message":
            await self.echo(message, text)
        elif kind == "ping":
            await self.socket.send_text(json.dumps({**message, "type": "pong"}))
        elif kind == "stream":
            await self.start_stream(message)
        elif kind == "close":
            return await self.close(message)
        elif kind == "stats":
            await self.socket.send_text(json.dumps({"type": "stats", "connections": len(connections)}))
        else:
            raise Refused("unknown_type", f"unknown type {kind!r}")
        return True

    async def echo(self, message, text):
        if "content" not in message:
            raise Refused("missing_field", 'field "content" is missing')
        if OPTIONS.broken == "dedupe":
            if text in self.seen:
                return
            self.seen.add(text)
        await self.socket.send_text(text)

    async def close(self, message):
        code, reason = message.get("code"), message.get("reason", "")
        if code not in CLOSE_CODES:
            raise Refused("invalid_field", 'field "code" is no close code')
        await self.socket.close(1000 if OPTIONS.broken == "close-code" else code, reason)
        return False

    async def start_stream(self, message):
        count, rate, size = message.get("count"), message.get("rate"), message.get("size", 64)
        if not isinstance(count, int) or not isinstance(rate, (int, float)) or rate <= 0:
            raise Refused("missing_field", 'a stream needs "count" and "rate"')
        task = asyncio.create_task(self.push(count, rate, size))
        self.streams.add(task)
        task.add_done_callback(self.streams.discard)

    async def push(self, count, rate, size):
        started = time.monotonic()
        for index in range(count):
            wait = started + index / rate - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            await self.send_numbered(index, count, size)

    async def send_numbered(self, index, count, size):
        head = f'{{"type":"stream","index":{index},"count":{count},"sentAtMs":{time.time() * 1000:.3f}'
        pad = size - len(head) - len(',"pad":""}')
        text = f'{head},"pad":"{"x" * pad}"}}' if pad >= 0 else head + "}"
        try:
            await self.socket.send_text(text)
        except (ConnectionClosed, RuntimeError):
            # Its client is gone.
            if OPTIONS.broken == "carry-over":
                await self.leave_behind(text)
            raise asyncio.CancelledError from None

    async def leave_behind(self, text):
        latest = list(connections)[-1:]
        if latest and latest[0].number > self.number:
            await latest[0].socket.send_text(text)
        else:
            left_behind[:] = [text]

    async def refuse(self, refused):
        await self.socket.send_text(json.dumps({"type": "error", "code": refused.code, "message": str(refused)}))

    def end(self):
        if OPTIONS.broken == "carry-over":
            return
        for task in self.streams:
            task.cancel()


@app.websocket("/")
async def endpoint(socket: WebSocket):
    offered = socket.scope["subprotocols"]
    await socket.accept(subprotocol=offered[0] if offered else None)
    bot = Bot(socket)
    connections[bot] = True
    try:
        await bot.run()
    except (ConnectionClosed, RuntimeError):
        # Its client left before the answer.
        pass
    finally:
        del connections[bot]
        bot.end()


async def main():
    listener = peer.listen()
    config = uvicorn.Config(
        app, log_level="warning", ws="websockets", ws_ping_interval=OPTIONS.ping_interval, ws_max_size=4 * 1024 * 1024
    )
    peer.announce(listener)
    await uvicorn.Server(config).serve(sockets=[listener])


asyncio.run(main())
