"""An application on FastAPI and uvicorn with the endpoints that tutorials have: nothing here knows of wsurge."""

import asyncio
import json
import time

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

import peer

app = FastAPI()


@app.websocket("/echo")
async def echo(socket: WebSocket):
    """What came goes back, text only: binary messages end the connection."""
    await socket.accept()
    try:
        while True:
            await socket.send_text(await socket.receive_text())
    except WebSocketDisconnect:
        pass


@app.websocket("/envelope")
async def envelope(socket: WebSocket):
    """The text comes back as a field of a JSON object."""
    await socket.accept()
    try:
        while True:
            await socket.send_json({"type": "reply", "content": await socket.receive_text()})
    except WebSocketDisconnect:
        pass


@app.websocket("/chat")
async def chat(socket: WebSocket):
    """The JSON comes back with one more field; what is no JSON ends the connection, as `receive_json` raises."""
    await socket.accept()
    try:
        while True:
            message = await socket.receive_json()
            await socket.send_json({**message, "receivedAt": time.time()})
    except WebSocketDisconnect:
        pass


@app.websocket("/strict")
async def strict(socket: WebSocket):
    """Takes `{"action": "ping"}` only and answers everything else with an error."""
    await socket.accept()
    try:
        while True:
            await socket.send_json(answer_of(await socket.receive_text()))
    except WebSocketDisconnect:
        pass


def answer_of(text):
    try:
        message = json.loads(text)
    except ValueError:
        return {"error": "invalid_json"}
    if not isinstance(message, dict) or message.get("action") != "ping":
        return {"error": "unknown_action"}
    return {"action": "pong"}


async def main():
    peer.arguments([])
    listener = peer.listen()
    peer.announce(listener)
    await uvicorn.Server(uvicorn.Config(app, log_level="warning")).serve(sockets=[listener])


asyncio.run(main())
