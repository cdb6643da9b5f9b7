"""A machine's clock steps by an hour, forwards or back, and nothing is lost, counted twice or forgotten."""

import fault_proxy
import fault_test
import obs_test

HOUR_NANOS = 3600 * 10**9


class ClockTest(fault_test.TestCase):
    def setUp(self):
        super().setUp()
        self.machine = fault_test.Machine(self, self.temporary_directory())

    def step(self, sign):
        self.machine.set("clock_step_nanos", sign * HOUR_NANOS)

    def come_back(self):
        """Of a gauge the newest value by its time is shown: that is the last one only once the clock is right again."""
        self.step(0)
        self.pause(0.2, 0.3)

    def assert_live(self, aggregator):
        """It goes on to tell watchers and scrapers what is new."""
        frames = obs_test.live_frames(aggregator.live_url, lambda frames: len(frames) >= 5)
        self.assertGreaterEqual(frames[-1]["seq"], 5)
        self.assertIn("telemetry_samples_total", aggregator.scrape())

    def test_aggregators_clock(self):
        aggregator = self.start_aggregator(env=self.machine.env)
        link = fault_proxy.Link(aggregator.grpc)
        self.addCleanup(link.close)
        sender = self.start_sender(link.address)
        for _ in self.rounds(4):
            self.pause(0.1, 0.4)
            self.step(self.chance.choice((-1, 1)))
            self.pause(0.1, 0.4)
            self.assert_live(aggregator)
            link.reset()  # what had no acknowledgement comes again, and is to be known
        self.come_back()
        self.assert_balance(aggregator, [sender.finish()])

    def test_clock_that_steps_between_an_aggregators_lives(self):
        if not self.has_data_dir():
            self.skipTest("obs-aggregate has no --data-dir")
        arguments = ("--data-dir", self.temporary_directory() + "/data", "--durability", "os")
        aggregator = self.start_aggregator(*arguments, env=self.machine.env)
        sender = self.start_sender(aggregator.grpc)
        for _ in self.rounds(5):
            self.pause(0.1, 0.4)
            self.kill(aggregator)
            self.step(self.chance.choice((-1, 1)))
            aggregator = self.restart(aggregator, *arguments, env=self.machine.env)
            self.assert_live(aggregator)
        self.come_back()
        self.assert_balance(aggregator, [sender.finish()])

    def test_senders_clock(self):
        aggregator = self.start_aggregator()
        link = fault_proxy.Link(aggregator.grpc)
        self.addCleanup(link.close)
        sender = self.start_sender(link.address, env=self.machine.env)
        for _ in self.rounds(4):
            self.pause(0.1, 0.4)
            self.step(self.chance.choice((-1, 1)))
            self.pause(0.1, 0.4)
            link.reset()
        self.come_back()
        self.assert_balance(aggregator, [sender.finish()])


fault_test.main()
