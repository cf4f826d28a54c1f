"""An echo on the plain `websockets` package (10.x), which knows nothing of messages: every one comes back as it came."""

import asyncio

import websockets

import peer

BREAKAGES = ["subprotocol", "no-pong"]
OPTIONS = peer.arguments(BREAKAGES)
MAX_MESSAGE_BYTES = 4 * 1024 * 1024


def choose(offered, _available):
    """`chat` where it is offered; `subprotocol` takes one that nobody asked for."""
    if OPTIONS.broken == "subprotocol":
        return "surprise"
    return "chat" if "chat" in offered else None


class Protocol(websockets.WebSocketServerProtocol):
    """`no-pong` leaves pings unanswered."""

    async def pong(self, data=b""):
        if OPTIONS.broken != "no-pong":
            await super().pong(data)


async def echo(connection, _path):
    try:
        async for message in connection:
            await connection.send(message)
    except websockets.ConnectionClosedError:
        # Cut, or closed for breaking the protocol: nothing is left to say.
        pass


async def main():
    listener = peer.listen()
    server = await websockets.serve(
        echo,
        sock=listener,
        create_protocol=Protocol,
        subprotocols=["chat"],
        select_subprotocol=choose,
        max_size=MAX_MESSAGE_BYTES,
        ping_interval=OPTIONS.ping_interval,
    )
    peer.announce(listener)
    await server.wait_closed()


asyncio.run(main())
