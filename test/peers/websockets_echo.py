"""An echo on the plain `websockets` package (10.x), which knows nothing of messages: every one comes back as it came."""

import asyncio

import websockets

import peer

BREAKAGES = ["subprotocol", "newlines"]
OPTIONS = peer.arguments(BREAKAGES)
MAX_MESSAGE_BYTES = 4 * 1024 * 1024


def choose(offered, _available):
    """The first one a client offers; `subprotocol` takes one that nobody asked for."""
    if OPTIONS.broken == "subprotocol" and offered:
        return "surprise"
    return offered[0] if offered else None


async def echo(connection, _path):
    try:
        async for message in connection:
            if OPTIONS.broken == "newlines" and isinstance(message, str):
                message = message.replace("\r\n", "\n")
            await connection.send(message)
    except websockets.ConnectionClosedError:
        # Cut, or closed for breaking the protocol: nothing is left to say.
        pass


async def main():
    listener = peer.listen()
    server = await websockets.serve(
        echo,
        sock=listener,
        select_subprotocol=choose,
        max_size=MAX_MESSAGE_BYTES,
        ping_interval=OPTIONS.ping_interval,
    )
    peer.announce(listener)
    await server.wait_closed()


asyncio.run(main())
