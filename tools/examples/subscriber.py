# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints what an agent reads: python3 subscriber.py [ENDPOINT [COUNT]]."""
import json, sys, numpy as np, zmq

socket = zmq.Context().socket(zmq.SUB)
socket.connect(sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5556")
socket.subscribe("overlay")
left = int(sys.argv[2]) if len(sys.argv) > 2 else -1
while left != 0:
    topic, head, *columns = socket.recv_multipart()
    if topic != b"overlay":  # "overlay.end" begins with the same letters
        continue
    header = json.loads(head)
    cells = {c["name"]: np.frombuffer(b, c["dtype"]).reshape(c["shape"]) for c, b in zip(header["columns"], columns)}
    q, rho = np.nanmean(abs(cells["q"])), np.nanmedian(cells["rho"])
    print(f'frame {header["frame"]}: {header["n"]} cells, mean |q| {q:.2f} deg, median rho {rho:.2f} deg', flush=True)
    left -= 1
