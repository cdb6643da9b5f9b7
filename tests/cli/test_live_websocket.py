"""A WebSocket client that knows nothing but the documentation can watch: JSON and binary frames, resubscription,
history, refusals, and a clean end."""

import asyncio
import json
import tempfile

import grpc
import websockets

import obs_test


def setUpModule():
    global telemetry_pb2, telemetry_pb2_grpc
    telemetry_pb2, telemetry_pb2_grpc = obs_test.load_protocol(tempfile.mkdtemp(prefix="obs-test-"))


class LiveWebSocketTest(obs_test.TestCase):
    def send(self, aggregator, **gauges):
        batch = telemetry_pb2.TelemetryBatch(service="web", instance="web-1")
        for name, value in gauges.items():
            batch.samples.add(name=name, gauge=value)
        with grpc.insecure_channel(aggregator.grpc) as channel:
            telemetry_pb2_grpc.TelemetryIngestorStub(channel).StreamTelemetry(iter([batch]), timeout=10)

    def status_of_refusal(self, url, **kwargs):
        async def connect():
            async with websockets.connect(url, **kwargs):
                return 101
        try:
            return asyncio.run(connect())
        except websockets.exceptions.InvalidStatusCode as refusal:
            return refusal.status_code

    def test_json_frames(self):
        aggregator = self.start_aggregator()
        self.send(aggregator, cpu=1, memory=2)
        frames = obs_test.live_frames(aggregator.live_url + "?match=cpu", lambda frames: len(frames) >= 3)
        self.assertEqual([1, 2, 3], [frame["seq"] for frame in frames])
        self.assertEqual([0, 0, 0], [frame["skipped"] for frame in frames])
        sample = frames[0]["samples"][0]
        self.assertEqual({"name": "cpu", "service": "web", "instance": "web-1", "labels": {}, "kind": "gauge",
                          "timestamp": sample["timestamp"], "value": 1}, sample)
        self.assertEqual([[], []], [frame["samples"] for frame in frames[1:]], "nothing changed, yet one a second")

    def test_binary_frames(self):
        aggregator = self.start_aggregator()
        self.send(aggregator, cpu=1, memory=2)
        frames = obs_test.live_frames(aggregator.live_url + "?format=binary", lambda frames: len(frames) >= 1)
        frame = telemetry_pb2.LiveFrame.FromString(frames[0])
        names = {series.ref: series.name for series in frame.series}
        self.assertEqual({"cpu": 1, "memory": 2}, dict(zip((names[ref] for ref in frame.refs), frame.values)))
        self.assertEqual(1, frame.seq)

    def test_resubscription_in_mid_stream(self):
        aggregator = self.start_aggregator()
        self.send(aggregator, cpu=1, memory=2)

        def names(frames):
            return [sample["name"] for frame in frames for sample in frame.get("samples", [])]
        frames = obs_test.live_frames(aggregator.live_url + "?match=cpu", lambda frames: "memory" in names(frames),
                                      send=['{"match":["nonsense{"]}', '{"match":["memory"],"rate":5}'])
        errors = [frame["error"] for frame in frames if "error" in frame]
        self.assertEqual(1, len(errors))
        self.assertTrue(errors[0].startswith("match: "), errors)

    def test_refusals(self):
        aggregator = self.start_aggregator("--allow-origin", "http://dash.example",
                                           env={"TELEMETRY_API_KEYS": "secret"})
        url = aggregator.live_url
        key = {"x-api-key": "secret"}
        self.assertEqual(401, self.status_of_refusal(url))
        self.assertEqual(401, self.status_of_refusal(url, extra_headers={"x-api-key": "wrong"}))
        self.assertEqual(101, self.status_of_refusal(url, extra_headers=key))
        self.assertEqual(101, self.status_of_refusal(url, extra_headers={"authorization": "Bearer secret"}))
        self.assertEqual(101, self.status_of_refusal(url, subprotocols=["obs", "obs.key.c2VjcmV0"]))
        self.assertEqual(403, self.status_of_refusal(url, extra_headers=key, origin="http://evil.example"))
        self.assertEqual(101, self.status_of_refusal(url, extra_headers=key, origin="http://dash.example"))
        self.assertEqual(101, self.status_of_refusal(url, extra_headers=key, origin=aggregator.http_url))
        self.assertEqual(400, self.status_of_refusal(url + "?rate=0", extra_headers=key))
        self.assertNotIn("secret", aggregator.text("stderr"))

    def test_stopping_says_going_away(self):
        aggregator = self.start_aggregator()

        async def watch():
            async with websockets.connect(aggregator.live_url) as socket:
                await socket.recv()
                aggregator.send_signal(obs_test.signal.SIGTERM)
                try:
                    while True:
                        await socket.recv()
                except websockets.exceptions.ConnectionClosed as closed:
                    return closed.code
        self.assertEqual(1001, asyncio.run(watch()))
        self.assertEqual(0, aggregator.wait(5))


obs_test.main()
