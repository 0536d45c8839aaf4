# SPDX-License-Identifier: GPL-3.0-or-later
"""Publishes frames as a scan control would: python3 publisher.py FRAMES.npy [ENDPOINT [FPS]]; FRAMES is [n, height, width]."""
import sys, time, numpy as np, zmq

frames = np.load(sys.argv[1])
socket = zmq.Context().socket(zmq.PUB)
socket.bind(sys.argv[2] if len(sys.argv) > 2 else "tcp://127.0.0.1:5555")
number = 0
while True:
    image = np.ascontiguousarray(frames[number % len(frames)])
    header = {"dtype": str(image.dtype), "shape": image.shape, "source": "abf", "frame": number, "time_ns": time.time_ns()}
    socket.send_json(header, zmq.SNDMORE)
    socket.send(image)
    number += 1
    time.sleep(1 / float(sys.argv[3] if len(sys.argv) > 3 else 5))
