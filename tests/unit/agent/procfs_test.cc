#include "agent/procfs.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/agent/list_sink.h"

namespace obs::procfs {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(ProcfsTest, NothingThrowsAndNothingIsRecordedForEmptyOrForeignText) {
  for (const std::string_view text :
       {"", "\n", "\n\n \t\n", "one two", "::: :: :", "\xff\xfe\x00", "cpu0", "x (12) R"}) {
    ListSink sink;
    ReadStat(text, sink);
    ReadLoadAverage(text, sink);
    ReadMemory(text, sink);
    ReadDisks(text, sink);
    ReadNetwork(text, sink);
    ReadCpuPressure(text, sink);
    ReadIoPressure(text, sink);
    ReadMemoryPressure(text, sink);
    ReadFileHandles(text, sink);
    ReadOwnUse(text, 0, sink);
    EXPECT_THAT(sink.lines(), IsEmpty()) << text;
    EXPECT_EQ(0, BootTimeSeconds(text)) << text;
  }
}

TEST(ProcfsTest, DiskOfAnOldKernelHasTheColumnsItKnows) {
  ListSink sink;
  ReadDisks("   8      16 sdb 10 1 2000 30 40 2 5000 60 0 70 90\n", sink);
  EXPECT_THAT(sink.lines(), SizeIs(11));
  EXPECT_THAT(sink.lines(), Contains("total node_disk_read_bytes_total{device=\"sdb\"} 1024000"));
}

TEST(ProcfsTest, PartitionsAndLoopAndRamDisksAreLeftOut) {
  for (const std::string device :
       {"sda1", "nvme0n1p2", "loop0", "ram3", "zram0", "xvda1", "vdb12", "hdc3", "fd0"}) {
    ListSink sink;
    ReadDisks("8 1 " + device + " 1 2 3 4 5 6 7 8 9 10 11\n", sink);
    EXPECT_THAT(sink.lines(), IsEmpty()) << device;
  }
  for (const std::string device : {"sda", "nvme0n1", "md127", "dm-0", "mmcblk0", "sr0", "sdaa"}) {
    ListSink sink;
    ReadDisks("8 1 " + device + " 1 2 3 4 5 6 7 8 9 10 11\n", sink);
    EXPECT_THAT(sink.lines(), SizeIs(11)) << device;
  }
}

TEST(ProcfsTest, InterfaceNameMayHoldAColonAndTouchItsFirstNumber) {
  ListSink sink;
  ReadNetwork("  eth0:1:77 1 0 0 0 0 0 0 88 1 0 0 0 0 0 0\n", sink);
  EXPECT_THAT(sink.lines(), Contains("total node_network_receive_bytes_total{device=\"eth0:1\"} 77"));
  EXPECT_THAT(sink.lines(), Contains("total node_network_transmit_bytes_total{device=\"eth0:1\"} 88"));
}

TEST(ProcfsTest, OwnUseIsReadBehindANameWithBlanksAndBrackets) {
  ListSink sink;
  ReadOwnUse("812 (a) b) c) S 1 812 812 0 -1 4194560 5120 0 3 0 250 50 0 0 20 0 9 0 3000 812345344 10 99 1 1",
             1000, sink);
  EXPECT_THAT(
      sink.lines(),
      ElementsAre("total process_cpu_seconds_total 3", "gauge process_virtual_memory_bytes 812345344",
                  "gauge process_resident_memory_bytes 40960", "gauge process_start_time_seconds 1030"));
}

TEST(ProcfsTest, MountsThatHoldNoDataOrMayBlockAreLeftOut) {
  EXPECT_THAT(ReadMounts("proc /proc proc rw 0 0\n"
                         "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n"
                         "/dev/loop3 /snap/core squashfs ro 0 0\n"
                         "/dev/sdc1 /mnt/backup ext4 rw 0 0\n"
                         "tmpfs /run tmpfs rw 0 0\n"
                         "tmpfs /run/user/1000 tmpfs rw 0 0\n"
                         "nas:/home /home nfs4 rw 0 0\n"
                         "user@host: /data fuse.sshfs rw 0 0\n"),
              IsEmpty());
}

TEST(ProcfsTest, MountKeepsItsNamesUnescapedAndWhetherItIsReadOnly) {
  const std::vector<Mount> mounts = ReadMounts(
      "/dev/sda1 / ext4 rw,relatime,errors=remount-ro 0 0\n"
      "/dev/sdb1 /srv/my\\040files\\134x xfs nosuid,ro 0 0\n"
      "/dev/sdd1 /mntx ext4 rw 0 0\n");
  ASSERT_THAT(mounts, SizeIs(3));
  EXPECT_EQ("/dev/sda1", mounts[0].device);
  EXPECT_FALSE(mounts[0].read_only);
  EXPECT_EQ("/srv/my files\\x", mounts[1].mount_point);
  EXPECT_EQ("xfs", mounts[1].fs_type);
  EXPECT_TRUE(mounts[1].read_only);
}

TEST(ProcfsTest, OfTwoMountsOnOnePlaceTheLaterIsTheOneSeen) {
  const std::vector<Mount> mounts = ReadMounts("/dev/a /srv ext4 rw 0 0\n/dev/b /srv ext4 rw 0 0\n");
  ASSERT_THAT(mounts, SizeIs(1));
  EXPECT_EQ("/dev/b", mounts[0].device);
}

}  // namespace
}  // namespace obs::procfs
