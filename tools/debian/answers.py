#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the agent of a Debian tree as the user glazer, subscribes to its `status`, and ends it with SIGTERM.

    unshare --net tools/debian/answers.py TREE PROGRAM

Speaks ZMTP 3.0 itself, so that it needs nothing but Python; run it in a network of its own, so that the ports of the shipped
configuration are free. Ends with 0 when a status came and the agent ended with 0.
"""
import fcntl
import json
import socket
import struct
import subprocess
import sys
import time


def bring_loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0x1 | 0x40)  # IFF_UP, IFF_RUNNING
        fcntl.ioctl(control, 0x8914, request)  # SIOCSIFFLAGS


def connect(port, seconds):
    deadline = time.monotonic() + seconds
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=seconds)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def exactly(stream, count):
    data = stream.read(count)
    if len(data) < count:
        raise ConnectionError("the agent hung up")
    return data


def frame(stream):
    """One ZMTP frame: flags and body."""
    flags = exactly(stream, 1)[0]
    size = struct.unpack(">Q", exactly(stream, 8))[0] if flags & 2 else exactly(stream, 1)[0]
    if size > 1 << 20:
        raise ValueError(f"a frame of {size} bytes")
    return flags, exactly(stream, size)


def status(port):
    with connect(port, 10) as connection, connection.makefile("rb") as stream:
        connection.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32))
        exactly(stream, 64)
        ready = b"\x05READY\x0bSocket-Type" + struct.pack(">I", 3) + b"SUB"
        connection.sendall(bytes([4, len(ready)]) + ready)
        while not frame(stream)[1].startswith(b"\x05READY"):
            pass
        subscription = b"\x01status"
        connection.sendall(bytes([0, len(subscription)]) + subscription)
        parts = []
        while True:
            flags, body = frame(stream)
            if flags & 4:
                continue
            parts.append(body)
            if flags & 1:
                continue
            if parts[0] == b"status":
                return json.loads(parts[1])
            parts = []


def main():
    tree, program = sys.argv[1:]
    bring_loopback_up()
    agent = subprocess.Popen(
        ["chroot", "--userspec=glazer:glazer", tree, program, "--config", "/etc/glazer/agent.toml"])
    try:
        answer = status(5556)
        time.sleep(1)
        if agent.poll() is not None:
            raise ConnectionError(f"it ended by itself with {agent.returncode}")
    finally:
        agent.terminate()
        try:
            code = agent.wait(timeout=10)
        except subprocess.TimeoutExpired:
            # Left running it would hold the tree.
            agent.kill()
            agent.wait()
            raise
    print(f"{answer['agent']}: {answer['state']}, model {answer['model']['name']}; ended with {code}")
    return code


if __name__ == "__main__":
    sys.exit(main())
