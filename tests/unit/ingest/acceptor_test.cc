#include "ingest/acceptor.h"

#include <unistd.h>

#include <atomic>

#include "gtest/gtest.h"
#include "support/descriptor_limit.h"
#include "support/tcp_client.h"
#include "support/wait_until.h"

namespace obs {
namespace {

using testing::DescriptorLimit;
using testing::TcpClient;
using testing::WaitUntil;

// Counts and closes what it is handed.
struct Counter {
  std::atomic<int> connections{0};
  std::function<void(int)> Take() {
    return [this](int fd) { ::close(fd), ++connections; };
  }
};

TEST(AcceptorTest, HandsOverWhatCameBeforeItStarted) {
  const auto acceptor = *Acceptor::Listen("127.0.0.1", 0);
  const TcpClient early(acceptor->port());
  Counter counter;
  acceptor->Start(counter.Take());
  EXPECT_TRUE(WaitUntil([&] { return counter.connections == 1; }));
}

TEST(AcceptorTest, PortThatIsTakenIsAnErrorUntilItIsStopped) {
  const auto first = *Acceptor::Listen("127.0.0.1", 0);
  EXPECT_EQ(Acceptor::Listen("127.0.0.1", first->port()).status().message(), "Address already in use");
  first->Stop();
  EXPECT_TRUE(Acceptor::Listen("127.0.0.1", first->port()).ok());
}

TEST(AcceptorTest, WithoutADescriptorItTriesAgainUntilThereIsOne) {
  const auto acceptor = *Acceptor::Listen("127.0.0.1", 0);
  Counter counter;
  acceptor->Start(counter.Take());
  TcpClient client(0);
  DescriptorLimit limit;
  limit.Exhaust();
  client.Connect(acceptor->port());
  EXPECT_TRUE(WaitUntil([&] { return acceptor->errors() >= 2; }));
  EXPECT_EQ(counter.connections, 0);
  limit.Restore();
  EXPECT_TRUE(WaitUntil([&] { return counter.connections == 1; }));
}

}  // namespace
}  // namespace obs
