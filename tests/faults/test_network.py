"""Connections that are cut, reset, slow, hanging or half-open lose nothing and bring nothing twice."""

import fault_proxy
import fault_test
import obs_test


class NetworkTest(fault_test.TestCase):
    def link(self, aggregator):
        link = fault_proxy.Link(aggregator.grpc)
        self.addCleanup(link.close)
        return link

    def test_connection_that_is_cut_or_reset_at_any_moment(self):
        aggregator = self.start_aggregator()
        link = self.link(aggregator)
        sender = self.start_sender(link.address)
        for _ in self.rounds(15):
            self.pause(0.05, 0.4)
            self.chance.choice((link.cut, link.reset))()
        self.assert_balance(aggregator, [sender.finish()])
        self.assertGreater(link.accepted, self.played // 3)

    def test_connection_that_hangs_goes_on(self):
        aggregator = self.start_aggregator()
        link = self.link(aggregator)
        sender = self.start_sender(link.address)
        for _ in self.rounds(4):
            self.pause(0.1, 0.3)
            link.set(stall=True)
            self.pause(0.3, 0.8)
            link.set()
        self.assert_balance(aggregator, [sender.finish()], duplicates_allowed=False)

    def test_peer_that_is_gone_without_a_word(self):
        aggregator = self.start_aggregator()
        link = self.link(aggregator)
        sender = self.start_sender(link.address)
        for _ in self.rounds(4):
            self.pause(0.1, 0.3)
            link.set(hole=True)
            self.pause(0.3, 0.8)
            link.set()
        if self.is_long:  # nothing ever tells it but the acknowledgements that do not come
            link.set(hole=True)
            accepted = link.accepted
            obs_test.eventually(lambda: link.accepted > accepted, 60)
            link.set()
        self.assert_balance(aggregator, [sender.finish()])

    def test_network_with_delay(self):
        aggregator = self.start_aggregator()
        link = self.link(aggregator)
        link.set(delay=0.05)
        sender = self.start_sender(link.address, lines_per_second=10_000)
        for _ in self.rounds(4):
            self.pause(0.2, 0.5)
            link.set(delay=self.chance.uniform(0, 0.1))
        self.assert_balance(aggregator, [sender.finish()], duplicates_allowed=False)

    def test_what_arrives_after_its_sender_has_come_back_is_known(self):
        aggregator = self.start_aggregator()
        link = self.link(aggregator)
        link.set(delay=0.03)  # so that something is always under way
        sender = self.start_sender(link.address)
        for _ in self.rounds(6):
            self.pause(0.2, 0.4)
            link.orphan(self.chance.uniform(0.3, 1))
        link.set()
        self.assert_balance(aggregator, [sender.finish()])
        obs_test.eventually(lambda: self.ledger(aggregator)["duplicate"] > 0)
        self.assert_balance(aggregator, [sender])

    def test_several_links_that_fail_and_heal_in_any_order(self):
        aggregator = self.start_aggregator()
        links = [self.link(aggregator) for _ in range(4)]
        senders = [self.start_sender(link.address, instance=f"i{i}") for i, link in enumerate(links)]
        for _ in self.rounds(3):
            fault_proxy.swizzle(links, self.chance, lambda: self.pause(0.02, 0.2))
        self.assert_balance(aggregator, [sender.finish() for sender in senders])


fault_test.main()
