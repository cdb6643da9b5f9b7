#include "agent/host_collector.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/golden.h"
#include "unit/agent/list_sink.h"

namespace obs {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string CollectFrom(const std::string& root) {
  ListSink sink;
  const auto collector = MakeHostCollector(sink, root);
  collector->Collect();
  return sink.SortedText();
}

// The samples are /proc and /sys of a virtual machine, of a server, and of a container on an old kernel. The
// golden files agree, name by name and value by value, with what node_exporter 1.5 says of the same files.
class HostCollectorGoldenTest : public ::testing::TestWithParam<std::string> {};

TEST_P(HostCollectorGoldenTest, ReadingsOfACapturedMachineAreThoseOfTheGoldenFile) {
  const std::string place = "unit/agent/testdata/" + GetParam();
  ExpectGolden(place + ".golden", CollectFrom(TestPath(place)));
}

INSTANTIATE_TEST_SUITE_P(Machines, HostCollectorGoldenTest, ::testing::Values("vm", "server", "container"),
                         [](const auto& test) { return test.param; });

TEST(HostCollectorTest, MachineWithoutProcYieldsNothing) {
  ListSink sink;
  MakeHostCollector(sink, "/nonexistent")->Collect();
  EXPECT_THAT(sink.lines(), IsEmpty());
}

TEST(HostCollectorTest, ThisMachineHasAProcessorMemoryAndAFileTable) {
  ListSink sink;
  MakeHostCollector(sink)->Collect();
  EXPECT_THAT(sink.lines(), Contains(StartsWith("total node_cpu_seconds_total{cpu=\"")));
  EXPECT_THAT(sink.lines(), Contains(StartsWith("gauge node_memory_MemTotal_bytes ")));
  EXPECT_THAT(sink.lines(), Contains(StartsWith("gauge process_resident_memory_bytes ")));
  EXPECT_THAT(sink.lines(), Contains(StartsWith("gauge process_open_fds ")));
}

TEST(HostCollectorTest, FileThatAppearsLaterAndChangesIsReadAnew) {
  const auto root = std::filesystem::temp_directory_path() / ("obs-host-test-" + std::to_string(getpid()));
  std::filesystem::create_directories(root / "proc");
  ListSink sink;
  const auto collector = MakeHostCollector(sink, root.string());
  collector->Collect();
  EXPECT_THAT(sink.lines(), IsEmpty());
  std::ofstream(root / "proc/loadavg") << "1.5 0.5 0.25 1/99 1234\n";
  collector->Collect();
  EXPECT_THAT(sink.lines(), Contains("gauge node_load1 1.5"));
  std::ofstream(root / "proc/loadavg") << "2.5 0.5 0.25 1/99 1234\n";
  collector->Collect();
  EXPECT_THAT(sink.lines(), Contains("gauge node_load1 2.5"));
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace obs
