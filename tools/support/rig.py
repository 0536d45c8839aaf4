# SPDX-License-Identifier: GPL-3.0-or-later
"""What tools/soak and tools/faults share: a real agent in a process of its own, somebody who watches it, and frames."""
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
MODEL = os.path.join(ROOT, "firmware-config/models/default.safetensors")
DEMO = os.path.join(ROOT, "tools/demo-recording/demo.mcap")

try:
    import zmq
except ImportError:
    sys.exit(f"{os.path.basename(sys.argv[0])}: needs pyzmq: python3 -m pip install pyzmq")


def programs(folder):
    """The folder with glazer and glazer-agent; built in release mode where none is given."""
    if folder is None:
        for product in ("glazer-agent", "glazer"):
            subprocess.run(["swift", "build", "-c", "release", "--product", product], cwd=ROOT, check=True,
                           stdout=sys.stderr)
        shown = subprocess.run(["swift", "build", "-c", "release", "--show-bin-path"], cwd=ROOT, check=True,
                               capture_output=True, text=True)
        folder = shown.stdout.strip()
    folder = os.path.abspath(folder)
    for name in ("glazer-agent", "glazer"):
        if not os.access(os.path.join(folder, name), os.X_OK):
            sys.exit(f"{os.path.basename(sys.argv[0])}: no {name} in {folder}")
    return folder


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def demo_frames():
    """(header, pixels) of each frame of the demo recording."""
    with open(DEMO, "rb") as file:
        data = file.read()

    def records(data, position, end):
        while position + 9 <= end:
            opcode, length = struct.unpack_from("<BQ", data, position)
            yield opcode, data[position + 9:position + 9 + length]
            position += 9 + length

    frames = []
    for opcode, body in records(data, 8, len(data) - 8):
        if opcode != 6:
            continue
        skip = 28 + 4 + struct.unpack_from("<I", body, 28)[0] + 8
        for inner, message in records(body, skip, len(body)):
            if inner != 5:
                continue
            parts, position = [], 22
            while position < len(message):
                length = struct.unpack_from("<q", message, position)[0]
                parts.append(message[position + 8:position + 8 + length])
                position += 8 + length
            header = next(i for i, part in enumerate(parts) if part.startswith(b"{"))
            if len(parts) > header + 1:
                frames.append((json.loads(parts[header]), parts[header + 1]))
    return frames


def crop(frame, side, x=0, y=0):
    """A square part of a frame."""
    header, pixels = frame
    height, width = (int(n) for n in header["shape"])
    size = len(pixels) // (width * height)
    rows = [pixels[((y + row) * width + x) * size:((y + row) * width + x + side) * size] for row in range(side)]
    return dict(header, shape=[side, side]), b"".join(rows)


class Agent:
    """A running glazer-agent."""

    def __init__(self, binaries, work, sections=None, prefix=(), environment=None, listen="127.0.0.1"):
        self.binaries, self.prefix, self.environment = binaries, list(prefix), environment
        self.configuration = os.path.join(work, "agent.toml")
        self.log_path = os.path.join(work, "agent.log")
        self.model = os.path.join(work, "model.safetensors")
        with open(MODEL, "rb") as source, open(self.model, "wb") as target:
            target.write(source.read())
        self.input = f"tcp://127.0.0.1:{free_port()}"
        self.output = f"tcp://{listen}:{free_port()}"
        self.http = f"127.0.0.1:{free_port()}"
        self.sections = {"input": {"endpoint": self.input}, "output": {"endpoint": self.output},
                         "model": {"path": self.model}, "monitor": {"http": self.http}}
        for section, values in (sections or {}).items():
            self.sections.setdefault(section, {}).update(values)
        self.input = self.sections["input"]["endpoint"]
        self.configure()
        self.process = None

    def configure(self, text=None):
        if text is None:
            text = "".join(f"[{section}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
                           for section, values in self.sections.items())
        with open(self.configuration + ".new", "w") as file:
            file.write(text)
        os.rename(self.configuration + ".new", self.configuration)

    def start(self):
        environment = dict(os.environ, SWIFT_BACKTRACE="enable=no", **(self.environment or {}))
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                self.prefix + [os.path.join(self.binaries, "glazer-agent"), "--config", self.configuration],
                stdout=log, stderr=log, env=environment)
        return self

    @property
    def pid(self):
        """Of the agent itself, not of what it was started with (ip netns exec replaces itself)."""
        return self.process.pid

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def send(self, number):
        self.process.send_signal(number)

    def end(self, number=signal.SIGTERM, timeout=10):
        """Seconds until it ended, and its exit code."""
        begin = time.monotonic()
        if self.is_running:
            self.send(number)
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        return time.monotonic() - begin, code

    def log(self):
        with open(self.log_path, errors="replace") as file:
            return file.read()

    def usage(self):
        """Resident memory in kB, open files, threads."""
        with open(f"/proc/{self.pid}/status") as file:
            fields = dict(line.split(":", 1) for line in file)
        files = len(os.listdir(f"/proc/{self.pid}/fd"))
        return int(fields["VmRSS"].split()[0]), files, int(fields["Threads"])

    def metrics(self):
        """Prometheus' samples; those of one name with labels added up under the bare name."""
        with urllib.request.urlopen(f"http://{self.http}/metrics", timeout=5) as page:
            return read_metrics(page.read().decode())


def read_metrics(text):
    sums = {}
    for line in text.splitlines():
        match = re.match(r"(\w+)(\{.*\})? (\S+)$", line)
        if match:
            name, labels, value = match.groups()
            if labels:
                sums[name + labels] = float(value)
            sums[name] = sums.get(name, 0) + float(value)
    return sums


def balance(metrics):
    """received, and what became of it; equal where nothing was lost track of."""
    received = int(metrics["glazer_messages_received_total"])
    parts = {
        "processed": int(metrics["glazer_overlays_published_total"] + metrics["glazer_series_ends_total"]
                         + metrics.get("glazer_series_starts_total", 0)),
        "skipped": int(metrics["glazer_frames_skipped_total"]),
        "rejected": int(metrics["glazer_rejected_total"]),
    }
    return received, parts


class Watcher(threading.Thread):
    """Subscribes to everything an agent publishes and remembers when overlays came."""

    def __init__(self, endpoint, topics=("overlay", "status", "event")):
        super().__init__(daemon=True)
        self.endpoint, self.topics = endpoint, topics
        self.overlays, self.events = [], []
        self.status = None
        self.missed = 0
        self.last = None
        self.stopping = False
        self.condition = threading.Condition()
        self.start()

    def run(self):
        context = zmq.Context()
        inbox = context.socket(zmq.SUB)
        inbox.setsockopt(zmq.LINGER, 0)
        inbox.setsockopt(zmq.RCVHWM, 10000)
        inbox.setsockopt(zmq.CONNECT_TIMEOUT, 1000)
        for topic in self.topics:
            inbox.subscribe(topic)
        inbox.connect(self.endpoint)
        while not self.stopping:
            if not inbox.poll(50):
                continue
            parts = inbox.recv_multipart()
            now, header = time.monotonic(), json.loads(parts[1])
            with self.condition:
                if parts[0] == b"overlay":
                    key = header["run"], header["seq"]
                    if self.last and self.last[0] == key[0]:
                        self.missed += key[1] - self.last[1] - 1
                    self.last = key
                    self.overlays.append((now, header))
                elif parts[0] == b"status":
                    self.status = header
                elif parts[0] == b"event":
                    self.events.append((now, header))
                self.condition.notify_all()
        inbox.close()
        context.term()

    def stop(self):
        self.stopping = True
        self.join()

    def overlay_after(self, moment, timeout=20):
        """Seconds from the moment to the next overlay; None if none came."""
        limit = time.monotonic() + timeout
        with self.condition:
            while True:
                after = [when for when, _ in self.overlays[-2000:] if when > moment]
                if after:
                    return after[0] - moment
                if time.monotonic() > limit:
                    return None
                self.condition.wait(0.1)

    def event(self, kind, since=0.0, timeout=5):
        """The text of the first such event after a moment; None if none came."""
        limit = time.monotonic() + timeout
        with self.condition:
            while True:
                for when, event in self.events:
                    if when > since and event["kind"] == kind:
                        return event["message"]
                if time.monotonic() > limit:
                    return None
                self.condition.wait(0.1)

    def longest_gap(self, begin, end):
        """The longest time without an overlay between two moments."""
        with self.condition:
            times = [begin] + [when for when, _ in self.overlays if begin <= when <= end] + [end]
        return max(b - a for a, b in zip(times, times[1:]))


class Source(threading.Thread):
    """Publishes frames at a steady rate, as a microscope does."""

    def __init__(self, endpoint, frames, fps=20, kind=None):
        super().__init__(daemon=True)
        self.frames, self.period = frames, 1 / fps
        self.stopping, self.sent = False, 0
        self.extra = []
        self.context = zmq.Context()
        self.outbox = self.context.socket(kind or zmq.PUB)
        self.outbox.setsockopt(zmq.LINGER, 0)
        self.outbox.setsockopt(zmq.SNDHWM, 1000)
        self.outbox.bind(endpoint)
        self.start()

    def run(self):
        due = time.monotonic()
        while not self.stopping:
            header, pixels = self.frames[self.sent % len(self.frames)]
            header = dict(header, frame=self.sent, time_ns=time.time_ns(), series="test")
            while self.extra:
                self.outbox.send_multipart(self.extra.pop(0))
            self.outbox.send_multipart([json.dumps(header).encode(), pixels])
            self.sent += 1
            due += self.period
            time.sleep(max(0, due - time.monotonic()))
        self.outbox.close()
        self.context.term()

    def stop(self):
        self.stopping = True
        self.join()


def work_folder():
    return tempfile.TemporaryDirectory(prefix="glazer-")


if __name__ == "__main__":
    # A source in a process of its own, for another network namespace.
    Source(sys.argv[1], [crop(frame, 128, 40, 40) for frame in demo_frames()]).join()
