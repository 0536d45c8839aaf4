// SPDX-License-Identifier: GPL-3.0-or-later
import Testing
import ZeroMQ

@Suite struct EndpointReachTests {
  @Test(arguments: [
    "tcp://127.0.0.1:5556", "tcp://127.0.0.1:*", "tcp://127.9.8.7:1", "tcp://[::1]:5556", "tcp://lo:5556",
    "tcp://localhost:5556", "ipc:///run/glazer", "inproc://a",
  ]) func local(endpoint: String) { #expect(EndpointReach(endpoint: endpoint) == .machine) }

  @Test(arguments: [
    "tcp://*:5556", "tcp://0.0.0.0:5556", "tcp://192.168.1.2:5556", "tcp://[::]:5556", "tcp://eth0:5556",
    "tcp://127.0.0.1.evil.example:5556", "tcp://128.0.0.1:1", "tcp://[::2]:1", "tcp://:5556", "tcp://", "",
    "udp://127.0.0.1:5556", "pgm://127.0.0.1;239.1.1.1:5555", "TCP://0.0.0.0:1", "tcp://[::ffff:10.0.0.1]:1",
  ]) func network(endpoint: String) { #expect(EndpointReach(endpoint: endpoint) == .network) }
}
