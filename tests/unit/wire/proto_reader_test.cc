#include "wire/proto_reader.h"

#include <limits>
#include <string>

#include "gtest/gtest.h"

namespace obs {
namespace {

TEST(ProtoReaderTest, ReadsBackWhatTheWriterWrote) {
  std::string bytes;
  AppendVarintField(bytes, 1, std::numeric_limits<std::uint64_t>::max());
  AppendSint64Field(bytes, 2, std::numeric_limits<std::int64_t>::min());
  AppendDoubleField(bytes, 3, -1.5);
  AppendBytesField(bytes, 536870911, "name");

  ProtoReader reader(bytes);
  std::uint64_t varint = 0;
  double number = 0;
  std::string_view text;
  ASSERT_TRUE(reader.Next());
  EXPECT_EQ(FieldTag(1, WireType::kVarint), reader.tag());
  ASSERT_TRUE(reader.ReadVarint(&varint));
  EXPECT_EQ(std::numeric_limits<std::uint64_t>::max(), varint);
  ASSERT_TRUE(reader.Next());
  ASSERT_TRUE(reader.ReadVarint(&varint));
  EXPECT_EQ(std::numeric_limits<std::int64_t>::min(), UnZigZag(varint));
  ASSERT_TRUE(reader.Next());
  ASSERT_TRUE(reader.ReadDouble(&number));
  EXPECT_EQ(-1.5, number);
  ASSERT_TRUE(reader.Next());
  EXPECT_EQ(FieldTag(536870911, WireType::kBytes), reader.tag());
  ASSERT_TRUE(reader.ReadBytes(&text));
  EXPECT_EQ("name", text);
  EXPECT_FALSE(reader.Next());
  EXPECT_TRUE(reader.ok());
}

TEST(ProtoReaderTest, ReadsMapEntriesOfBothKinds) {
  std::string bytes;
  AppendMapField(bytes, 5, "zone", "a");
  AppendMapField(bytes, 5, "lost", std::uint64_t{300});
  ProtoReader reader(bytes);
  std::string_view entry;
  ASSERT_TRUE(reader.Next() && reader.ReadBytes(&entry));
  EXPECT_EQ(std::string_view("\x0a\x04zone\x12\x01"
                             "a"),
            entry);
  ASSERT_TRUE(reader.Next() && reader.ReadBytes(&entry));
  EXPECT_EQ(std::string_view("\x0a\x04lost\x10\xac\x02"), entry);
  EXPECT_FALSE(reader.Next());
  EXPECT_TRUE(reader.ok());
}

TEST(ProtoReaderTest, SkipsFieldsOfEveryWireType) {
  std::string bytes;
  AppendVarintField(bytes, 20, 1u << 20);
  AppendDoubleField(bytes, 21, 1);
  AppendBytesField(bytes, 22, "abc");
  AppendTag(bytes, 23, WireType::kFixed32);
  bytes += "1234";
  AppendTag(bytes, 24, WireType::kStartGroup);
  AppendVarintField(bytes, 1, 7);
  AppendTag(bytes, 25, WireType::kStartGroup);
  AppendTag(bytes, 25, WireType::kEndGroup);
  AppendTag(bytes, 24, WireType::kEndGroup);

  ProtoReader reader(bytes);
  int fields = 0;
  while (reader.Next()) {
    ASSERT_TRUE(reader.Skip());
    ++fields;
  }
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(5, fields);
}

struct BadBytes {
  const char* what;
  std::string bytes;
};

class ProtoReaderBadBytesTest : public testing::TestWithParam<BadBytes> {};

TEST_P(ProtoReaderBadBytesTest, AreAnError) {
  ProtoReader reader(GetParam().bytes);
  while (reader.Next() && reader.Skip()) {
  }
  ASSERT_FALSE(reader.ok());
  EXPECT_STREQ(GetParam().what, reader.error());
  EXPECT_EQ(GetParam().bytes.data(), reader.field_start());
  EXPECT_FALSE(reader.Next());
}

INSTANTIATE_TEST_SUITE_P(Table, ProtoReaderBadBytesTest,
                         testing::Values(BadBytes{"truncated tag", "\x80"},                                //
                                         BadBytes{"impossible field number", std::string("\x00\x01", 2)},  //
                                         BadBytes{"impossible field number", "\xf8\xff\xff\xff\xff\x01"},  //
                                         BadBytes{"truncated or oversized varint", "\x08\xff"},            //
                                         BadBytes{"truncated or oversized varint",
                                                  "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"},
                                         BadBytes{"truncated 64-bit value",
                                                  "\x09"
                                                  "1234567"},
                                         BadBytes{"truncated 32-bit value",
                                                  "\x0d"
                                                  "123"},
                                         BadBytes{"length runs past the end",
                                                  "\x0a\x02"
                                                  "a"},
                                         BadBytes{"length runs past the end",
                                                  "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"},
                                         BadBytes{"group ends that did not start", "\x0c"},  //
                                         BadBytes{"impossible wire type", "\x0e"}));

TEST(ProtoReaderTest, UnbalancedGroupsAreAnError) {
  for (const std::string& bytes : {std::string("\x0b"), std::string("\x0b\x14"), std::string(1000, '\x0b')}) {
    ProtoReader reader(bytes);
    ASSERT_TRUE(reader.Next());
    EXPECT_FALSE(reader.Skip());
    EXPECT_FALSE(reader.ok());
  }
}

TEST(ProtoWriterTest, VarintBytesIsTheLengthThatIsWritten) {
  for (unsigned bits = 0; bits < 64; ++bits) {
    const std::uint64_t value = std::uint64_t{1} << bits;
    for (const std::uint64_t v : {value - 1, value, value + 1}) {
      std::string bytes;
      AppendVarint(bytes, v);
      EXPECT_EQ(bytes.size(), VarintBytes(v)) << v;
    }
  }
}

}  // namespace
}  // namespace obs
