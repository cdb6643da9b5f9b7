#include "app/recording.h"

#include "app/recording_player.h"
#include "base/clock.h"
#include "gtest/gtest.h"
#include "support/fake_file_system.h"
#include "telemetry.pb.h"

namespace obs {
namespace {

constexpr char kPath[] = "/incident";
constexpr std::int64_t kSecondUs = 1'000'000;
constexpr std::int64_t kBeginUs = 1'700'000'000 * kSecondUs;

// A frame `at_us` after the first, with one gauge of that value, 1 s old.
std::string Frame(std::uint64_t seq, std::int64_t at_us, double value) {
  telemetry::LiveFrame frame;
  frame.set_seq(seq);
  frame.set_timestamp_us(kBeginUs + at_us);
  if (seq == 1) {
    telemetry::LiveSeries& series = *frame.add_series();
    series.set_ref(7);
    series.set_name("temp");
    series.set_service("shop");
    series.set_instance("shop-1");
    series.set_kind(telemetry::KIND_GAUGE);
    (*series.mutable_labels())["room"] = "a \"b\"";
  }
  frame.add_refs(7);
  frame.add_timestamp_deltas_us(-kSecondUs);
  frame.add_values(value);
  return frame.SerializeAsString();
}

RecordingHead Head() {
  return {.url = "ws://localhost:8080/ws", .selectors = {"temp", "a{b=\"c\"}"}, .begun_us = kBeginUs};
}

// Two frames 2 s apart.
std::string RecordTwo(FakeFileSystem& files) {
  RecordingWriter writer(*files.Create(kPath));
  EXPECT_TRUE(writer.Begin(Head()).ok());
  EXPECT_TRUE(writer.Append(Frame(1, 0, 20)).ok());
  EXPECT_TRUE(writer.Append(Frame(2, 2 * kSecondUs, 21)).ok());
  return files.Get(kPath);
}

struct Played {
  std::int64_t due_nanos;
  std::int64_t timestamp_ns;
  double value;
  friend bool operator==(const Played&, const Played&) = default;
};

std::vector<Played> Play(FakeFileSystem& files, std::int64_t now_nanos, double speed) {
  auto player = *RecordingPlayer::Open(files, kPath);
  player->Begin(now_nanos, speed);
  std::vector<Played> played;
  while (player->Next()) {
    player->ForEachSample([&](const ParsedSample& sample) {
      EXPECT_EQ(sample.series, R"(temp{room="a \"b\""})");
      EXPECT_EQ(sample.service, "shop");
      EXPECT_EQ(sample.instance, "shop-1");
      played.push_back({player->due_nanos(), sample.timestamp_ns, sample.value});
    });
  }
  return played;
}

TEST(RecordingTest, HeadReadsBackAndIsNoSpools) {
  EXPECT_EQ(ParseRecordingHead(EncodeRecordingHead(Head())), Head());
  EXPECT_EQ(ParseRecordingHead("\x0a\x09obs-spool"), std::nullopt);
  EXPECT_EQ(ParseRecordingHead(""), std::nullopt);
}

TEST(RecordingTest, FramesReadBack) {
  FakeFileSystem files;
  RecordTwo(files);
  auto reader = *RecordingReader::Open(files, kPath);
  EXPECT_EQ(reader->head(), Head());
  ASSERT_TRUE(reader->Next());
  EXPECT_EQ(reader->frame().samples.at(0).value, 20);
  ASSERT_TRUE(reader->Next());
  EXPECT_EQ(reader->frame().samples.at(0).series->name, "temp");
  EXPECT_FALSE(reader->Next());
  EXPECT_EQ(reader->cut_bytes(), 0u);
}

// Cut or changed at any byte, it plays what is before, and says how much is not valid.
TEST(RecordingTest, ValidPrefixIsReadWhateverByteIsDamaged) {
  FakeFileSystem files;
  const std::string whole = RecordTwo(files);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const bool cut : {true, false}) {
      std::string bytes = whole.substr(0, cut ? at : whole.size());
      if (!cut) bytes[at] = static_cast<char>(bytes[at] ^ 1);
      files.Put(kPath, bytes);
      auto reader = RecordingReader::Open(files, kPath);
      if (!reader.ok()) {
        EXPECT_TRUE(absl::IsInvalidArgument(reader.status()));
        EXPECT_NE(std::string(reader.status().message()).find(kPath), std::string::npos);
        continue;
      }
      int frames = 0;
      while ((*reader)->Next()) ++frames;
      EXPECT_LT(frames, 2);
      EXPECT_LE((*reader)->cut_at(), at);
      EXPECT_EQ((*reader)->cut_at() + (*reader)->cut_bytes(), bytes.size());
    }
  }
}

TEST(RecordingTest, RecordThatIsNoFrameEndsIt) {
  FakeFileSystem files;
  RecordingWriter writer(*files.Create(kPath));
  ASSERT_TRUE(writer.Begin(Head()).ok());
  ASSERT_TRUE(writer.Append(Frame(1, 0, 20)).ok());
  const std::uint64_t valid = writer.bytes();
  ASSERT_TRUE(writer.Append("\xff").ok());
  ASSERT_TRUE(writer.Append(Frame(2, 1, 21)).ok());
  auto reader = *RecordingReader::Open(files, kPath);
  EXPECT_TRUE(reader->Next());
  EXPECT_FALSE(reader->Next());
  EXPECT_FALSE(reader->Next());
  EXPECT_EQ(reader->cut_at(), valid);
  EXPECT_EQ(reader->cut_bytes(), writer.bytes() - valid);
}

TEST(RecordingTest, FullDiskLeavesNoHalfFrame) {
  FakeFileSystem files;
  RecordingWriter writer(*files.Create(kPath));
  ASSERT_TRUE(writer.Begin(Head()).ok());
  ASSERT_TRUE(writer.Append(Frame(1, 0, 20)).ok());
  files.SetCapacity(files.TotalBytes() + 10);
  EXPECT_TRUE(absl::IsResourceExhausted(writer.Append(Frame(2, 1, 21))));
  auto reader = *RecordingReader::Open(files, kPath);
  EXPECT_TRUE(reader->Next());
  EXPECT_FALSE(reader->Next());
  EXPECT_EQ(reader->cut_bytes(), 0u);
}

TEST(RecordingPlayerTest, FirstFrameIsNowAndOthersFollowAtTheSpeed) {
  FakeFileSystem files;
  RecordTwo(files);
  const std::int64_t now = 5'000 * kNanosPerSecond;
  EXPECT_EQ(Play(files, now, 1), (std::vector<Played>{{0, now - kNanosPerSecond, 20},
                                                      {2 * kNanosPerSecond, now + kNanosPerSecond, 21}}));
  EXPECT_EQ(Play(files, now, 4), (std::vector<Played>{{0, now - kNanosPerSecond / 4, 20},
                                                      {kNanosPerSecond / 2, now + kNanosPerSecond / 4, 21}}));
}

TEST(RecordingPlayerTest, AtOnceTheLastFrameIsNow) {
  FakeFileSystem files;
  RecordTwo(files);
  const std::int64_t now = 5'000 * kNanosPerSecond;
  EXPECT_EQ(Play(files, now, RecordingPlayer::kAtOnce),
            (std::vector<Played>{{0, now - 3 * kNanosPerSecond, 20}, {0, now - kNanosPerSecond, 21}}));
}

TEST(RecordingPlayerTest, ClockThatWentBackMakesNothingDueEarlier) {
  FakeFileSystem files;
  RecordingWriter writer(*files.Create(kPath));
  ASSERT_TRUE(writer.Begin(Head()).ok());
  ASSERT_TRUE(writer.Append(Frame(1, 0, 1)).ok());
  ASSERT_TRUE(writer.Append(Frame(2, kSecondUs, 2)).ok());
  ASSERT_TRUE(writer.Append(Frame(3, -3600 * kSecondUs, 3)).ok());
  const auto played = Play(files, 0, 1);
  ASSERT_EQ(played.size(), 3u);
  EXPECT_EQ(played[2].due_nanos, kNanosPerSecond);
}

TEST(RecordingPlayerTest, ValuesThatAreNoneAreCounted) {
  FakeFileSystem files;
  RecordingWriter writer(*files.Create(kPath));
  ASSERT_TRUE(writer.Begin(Head()).ok());
  ASSERT_TRUE(writer.Append(Frame(1, 0, std::numeric_limits<double>::infinity())).ok());
  auto player = *RecordingPlayer::Open(files, kPath);
  player->Begin(0, 1);
  ASSERT_TRUE(player->Next());
  EXPECT_EQ(player->ForEachSample([](const ParsedSample&) { FAIL(); }), 1u);
}

}  // namespace
}  // namespace obs
