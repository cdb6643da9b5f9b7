"""A client in another language, generated from proto/telemetry.proto, can do all that its comments say."""

import json
import math
import queue
import signal
import tempfile
import time

import grpc

import obs_test

telemetry_pb2 = telemetry_pb2_grpc = None

PUBLISH = "/telemetry.TelemetryIngestor/Publish"
STREAM_TELEMETRY = "/telemetry.TelemetryIngestor/StreamTelemetry"
DEADLINE = 30 * obs_test.TIME_FACTOR


def setUpModule():
    global telemetry_pb2, telemetry_pb2_grpc
    directory = tempfile.TemporaryDirectory(prefix="obs-test-")
    obs_test.unittest.addModuleCleanup(directory.cleanup)
    telemetry_pb2, telemetry_pb2_grpc = obs_test.load_protocol(directory.name)


def batch(instance="py-1", **fields):
    return telemetry_pb2.TelemetryBatch(service="python", instance=instance, **fields)


def gauge(name, value=1.0, labels=None, **fields):
    return telemetry_pb2.MetricSample(name=name, gauge=value, labels=labels or {}, **fields)


class Publisher:
    """A Publish call into which batches are put one by one."""

    def __init__(self, stub, metadata=None):
        self._batches = queue.SimpleQueue()
        self.acks = stub.Publish(iter(self._batches.get, None), metadata=metadata, timeout=DEADLINE)

    def send(self, message):
        self._batches.put(message)

    def ack_until(self, condition):
        """The first ack for which `condition` holds."""
        for ack in self.acks:
            if condition(ack):
                return ack
        raise AssertionError("the stream ended first")

    def finish(self):
        """Half-closes, and returns the last ack."""
        self._batches.put(None)
        last = None
        for last in self.acks:
            pass
        return last


class PythonClientTest(obs_test.TestCase):
    def connect(self, *args, **kwargs):
        self.aggregator = self.start_aggregator(*args, **kwargs)
        self.channel = grpc.insecure_channel(
            self.aggregator.grpc, options=[("grpc.max_send_message_length", -1)])
        self.addCleanup(self.channel.close)
        self.stub = telemetry_pb2_grpc.TelemetryIngestorStub(self.channel)

    def stream(self, *batches, metadata=None):
        return self.stub.StreamTelemetry(iter(batches), metadata=metadata, timeout=DEADLINE)

    def raw(self, method, *messages, metadata=None):
        """Sends bytes as they are, and returns the status of the call and the answers."""
        answers = []
        call = self.channel.stream_stream(method)(iter(messages), metadata=metadata, timeout=DEADLINE)
        try:
            answers.extend(call)
        except grpc.RpcError:
            pass
        return call.code(), call.details(), answers

    def status(self):
        return self.aggregator.get("/api/v1/status").json()

    def series(self, name):
        """Samples on /metrics: labels and value."""
        found = {}
        for line in self.aggregator.scrape().splitlines():
            if line.startswith(name + "{"):
                labels, value = line[len(name):].rsplit(" ", 1)
                found[labels] = float(value)
        return found

    # ---- The forms ----

    def test_flat_samples_are_accepted_and_shown(self):
        self.connect()
        ack = self.stream(
            batch(samples=[gauge("py_temperature", 21.5, {"room": "a"}, timestamp=time.time_ns()),
                           gauge("py_temperature", 19.0, {"room": "b"})]),
            batch(samples=[telemetry_pb2.MetricSample(name="py_jobs_total", increment=2.5),
                           telemetry_pb2.MetricSample(name="py_jobs_total", increment=1)]))
        self.assertTrue(ack.ok)
        self.assertEqual(4, ack.count)
        self.assertEqual({21.5, 19.0}, set(self.series("py_temperature").values()))
        [(labels, total)] = self.series("py_jobs_total").items()
        self.assertEqual(3.5, total)
        self.assertIn('service="python"', labels)
        self.assertIn('instance="py-1"', labels)

    def test_running_totals_survive_resending_and_restarts(self):
        self.connect()
        now = time.time_ns()
        metric = telemetry_pb2.Metric(name="py_requests_total", labels={"code": "200"})
        for i, total in enumerate([10, 10, 15, 4, 6]):
            metric.samples.add(timestamp=now + i, counter=total)
        self.assertEqual(5, self.stream(batch(metrics=[metric])).count)
        self.assertEqual([21], list(self.series("py_requests_total").values()))

    def test_histograms_of_every_form_add_up(self):
        self.connect()
        explicit = telemetry_pb2.Histogram(bounds=[0.1, 1], counts=[1, 2, 1], sum=4)
        plain = telemetry_pb2.Histogram(observations=[0.5, 1.5, 2.5])
        sketch = telemetry_pb2.Histogram()
        sketch.sketch.scale = 6
        sketch.sketch.positive.offset = -1  # the bucket that ends at 1
        sketch.sketch.positive.counts.append(2)
        sketch.sketch.count = 2
        sketch.sketch.sum = sketch.sketch.min = sketch.sketch.max = 1
        sketch.sketch.sum = 2
        ack = self.stream(batch(samples=[
            telemetry_pb2.MetricSample(name=name, histogram=histogram)
            for name, histogram in [("py_explicit", explicit), ("py_explicit", explicit),
                                    ("py_plain", plain), ("py_plain", sketch)]]))
        self.assertEqual(4, ack.count, ack)
        self.assertEqual([8], list(self.series("py_explicit_count").values()))
        self.assertEqual([8], list(self.series("py_explicit_sum").values()))
        self.assertEqual([5], list(self.series("py_plain_count").values()))

    def test_compact_form_is_acknowledged_while_the_stream_goes_on(self):
        self.connect()
        publisher = Publisher(self.stub)
        first = batch(producer="p-1", sequence=1)
        for ref, (name, kind) in enumerate([("py_gauge", telemetry_pb2.KIND_GAUGE),
                                            ("py_total", telemetry_pb2.KIND_COUNTER),
                                            ("py_seconds", telemetry_pb2.KIND_HISTOGRAM)]):
            first.series.add(ref=ref, name=name, kind=kind, labels={"host": "h"})
        first.columns.add(base_timestamp=time.time_ns(), refs=[0, 1, 2, 2], timestamp_deltas=[0, 1, 2, 3],
                          values=[1.5, 100, 0.25, 0.75])
        publisher.send(first)
        ack = publisher.ack_until(lambda ack: ack.sequence == 1)
        self.assertEqual((True, 4, 0, 0), (ack.ok, ack.count, ack.rejected, ack.duplicates))
        publisher.send(batch(producer="p-1", sequence=2, columns=[
            telemetry_pb2.Columns(refs=[1, 0], values=[130, 2.5])]))
        ack = publisher.ack_until(lambda ack: ack.sequence == 2)
        self.assertEqual(6, ack.count)
        self.assertEqual(6, publisher.finish().count)
        self.assertEqual([2.5], list(self.series("py_gauge").values()))
        self.assertEqual([130], list(self.series("py_total").values()))
        self.assertEqual([2], list(self.series("py_seconds_count").values()))

    # ---- Delivery ----

    def test_a_batch_sent_again_is_recognised_and_the_ledger_balances(self):
        self.connect()
        message = batch(producer="p-1", sequence=1, samples=[
            telemetry_pb2.MetricSample(name="py_total", increment=5)])
        message.report.sent = 8
        message.report.dropped["buffer_full"] = 7
        self.assertEqual(1, self.stream(message).count)
        ack = self.stream(message)
        self.assertEqual((0, 1, 1), (ack.count, ack.duplicates, ack.sequence))
        self.assertEqual([5], list(self.series("py_total").values()))
        [producer] = self.status()["producers"]
        self.assertEqual({"buffer_full": 7}, producer["dropped"])
        self.assertEqual((9, 1, 1, 0),
                         tuple(producer[field] for field in ("sent", "accepted", "duplicate", "difference")))

    def test_two_producers_of_one_instance_are_both_counted_and_named(self):
        self.connect()
        publishers = [Publisher(self.stub), Publisher(self.stub)]
        for i, publisher in enumerate(publishers):
            for total in (10, 20):
                publisher.send(batch(producer=f"p-{i}", samples=[
                    telemetry_pb2.MetricSample(name="py_total", counter=total)]))
            publisher.ack_until(lambda ack: ack.count == 2)
        self.assertEqual([40], list(self.series("py_total").values()))
        [conflict] = self.status()["conflicts"]
        self.assertEqual(("python", "py-1", 2),
                         (conflict["service"], conflict["instance"], conflict["live_producers"]))
        for publisher in publishers:
            publisher.finish()
        obs_test.eventually(lambda: not self.status()["conflicts"])

    def test_stopping_acknowledges_what_was_taken(self):
        self.connect()
        publisher = Publisher(self.stub)
        publisher.send(batch(samples=[gauge("py_gauge")]))
        publisher.ack_until(lambda ack: ack.count == 1)
        publisher.send(batch(samples=[gauge("py_gauge")]))
        self.aggregator.send_signal(signal.SIGTERM)
        counts = []
        with self.assertRaises(grpc.RpcError) as error:
            counts.extend(ack.count for ack in publisher.acks)
        self.assertEqual(grpc.StatusCode.UNAVAILABLE, error.exception.code(), error.exception.details())
        self.assertEqual(0, self.aggregator.wait())

    # ---- Bad input ----

    def test_bad_samples_are_rejected_with_reasons_and_the_others_live(self):
        self.connect()
        bad = {
            "not_finite": gauge("py_bad", math.nan),
            "negative_increment": telemetry_pb2.MetricSample(name="py_bad", increment=-1),
            "invalid_name": gauge("n" * 10_000),
            "too_many_labels": gauge("py_bad", 1, {f"l{i}": "v" for i in range(200)}),
            "invalid_label": gauge("py_bad", 1, {"__reserved": "v"}),
            "timestamp_out_of_range": gauge("py_bad", timestamp=time.time_ns() - 365 * 86_400 * 10**9),
            "no_value": telemetry_pb2.MetricSample(name="py_bad"),
        }
        ack = self.stream(batch(samples=[gauge("py_good", 1), *bad.values(), gauge("py_good", 2)]))
        self.assertEqual((False, 2, len(bad)), (ack.ok, ack.count, ack.rejected))
        for reason, text in zip(bad, ack.reasons):
            self.assertIn(reason, text)
        [producer] = self.status()["producers"]
        self.assertEqual({reason: 1 for reason in bad}, producer["rejected"])
        self.assertEqual([2], list(self.series("py_good").values()))
        self.assertEqual({}, self.series("py_bad"))

    def test_a_batch_without_identity_is_rejected(self):
        self.connect()
        ack = self.stream(telemetry_pb2.TelemetryBatch(samples=[gauge("py_gauge")]))
        self.assertEqual((0, 1), (ack.count, ack.rejected))
        self.assertIn("missing_identity", ack.reasons[0])

    def test_a_malformed_batch_is_named_and_other_streams_go_on(self):
        self.connect()
        publisher = Publisher(self.stub)
        publisher.send(batch(instance="other", samples=[gauge("py_gauge")]))
        publisher.ack_until(lambda ack: ack.count == 1)
        good = batch(samples=[gauge("py_gauge")]).SerializeToString()
        for method in PUBLISH, STREAM_TELEMETRY:
            code, details, _ = self.raw(method, good, good[:-3])
            self.assertEqual(grpc.StatusCode.INVALID_ARGUMENT, code)
            self.assertRegex(details, r"^batch 2 of this stream: byte \d+, in \w+: ")
        publisher.send(batch(instance="other", samples=[gauge("py_gauge")]))
        publisher.ack_until(lambda ack: ack.count == 2)
        self.assertEqual(2, self.status()["ingest"]["malformed_batches"])

    def test_a_batch_over_the_limit_is_refused_whatever_its_size(self):
        self.connect()
        for size in 5_000_000, 100_000_000:
            code, details, _ = self.raw(PUBLISH, b"\0" * size)
            self.assertEqual(grpc.StatusCode.RESOURCE_EXHAUSTED, code, details)
            self.assertIn(str(size), details)
        self.assertEqual(1, self.stream(batch(samples=[gauge("py_gauge")])).count)

    # ---- Keys ----

    def test_every_wrong_key_is_refused_in_the_same_words(self):
        self.connect("--log-level", "debug", env={"TELEMETRY_API_KEYS": "first-secret,second-secret"})
        good = batch(samples=[gauge("py_gauge")])
        for metadata in [("authorization", "Bearer first-secret")], [("x-api-key", "second-secret")]:
            self.assertEqual(1, self.stream(good, metadata=metadata).count)
        for metadata in ([], [("x-api-key", "wrong-secret")], [("authorization", "Bearer wrong-secret")],
                         [("x-api-key", "k" * 1_000_000)]):
            with self.assertRaises(grpc.RpcError) as error:
                self.stream(good, metadata=metadata)
            self.assertEqual(grpc.StatusCode.UNAUTHENTICATED, error.exception.code())
            self.assertEqual("invalid key", error.exception.details())
        self.assertEqual(0, self.aggregator.stop())
        log = self.aggregator.text("stderr")
        for secret in "first-secret", "second-secret", "wrong-secret", "kkkkkkkk":
            self.assertNotIn(secret, log)

    # ---- What every gRPC tool expects ----

    def test_health_and_reflection_answer(self):
        self.connect(env={"TELEMETRY_API_KEYS": "secret"})
        serving = self.channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=DEADLINE)
        self.assertEqual(b"\x08\x01", serving)
        code, _, answers = self.raw("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", b"\x3a\x00")
        self.assertEqual(grpc.StatusCode.OK, code)
        self.assertIn(b"telemetry.TelemetryIngestor", answers[0])


obs_test.main()
