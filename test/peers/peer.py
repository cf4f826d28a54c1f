"""What every Python peer of the tests does alike: a free port of loopback, its arguments, and an end with its parent."""

import argparse
import json
import os
import socket
import sys
import threading


def arguments(breakages):
    """`--break NAME` spoils the server in one way; without it, it keeps what it promises."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--break", dest="broken", choices=breakages, default=None)
    parser.add_argument("--ping-interval", type=float, default=20.0, metavar="SECONDS")
    return parser.parse_args()


def listen():
    """A socket that takes connections from now on."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)
    return listener


def announce(listener):
    """Says where it listens, as one line of JSON, and from then on ends when its standard input does."""
    print(json.dumps({"port": listener.getsockname()[1], "pid": os.getpid()}), flush=True)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)
