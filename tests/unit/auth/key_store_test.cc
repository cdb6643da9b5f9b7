#include "auth/key_store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "spdlog/sinks/ostream_sink.h"
#include "spdlog/spdlog.h"

namespace obs {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message());
}

class KeyStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "keys-XXXXXX";
    const int fd = ::mkstemp(pattern.data());
    ASSERT_GE(fd, 0);
    ::close(fd);
    path_ = pattern;
    saved_logger_ = spdlog::default_logger();
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_)));
  }
  void TearDown() override {
    spdlog::set_default_logger(saved_logger_);
    ::unlink(path_.c_str());
  }

  void Write(std::string_view text) { std::ofstream(path_) << text; }

  // From the file.
  std::unique_ptr<KeyStore> Create(std::string_view text) {
    Write(text);
    auto store = KeyStore::Create({.file = path_});
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }

  std::string path_;
  std::ostringstream log_;
  std::shared_ptr<spdlog::logger> saved_logger_;
};

TEST_F(KeyStoreTest, WithoutSourcesEverybodyIsAnonymous) {
  const auto store = KeyStore::Create({});
  ASSERT_TRUE(store.ok());
  EXPECT_FALSE((*store)->required());
  EXPECT_EQ((*store)->Check("", Scope::kIngest)->name, "anonymous");
}

TEST_F(KeyStoreTest, EveryKeyOfTheListPassesAndHasAName) {
  const auto store = KeyStore::Create({.list = "alpha, beta,,gamma"});
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_TRUE((*store)->required());
  EXPECT_EQ((*store)->Check("alpha", Scope::kIngest)->name, "env-1");
  EXPECT_EQ((*store)->Check("beta", Scope::kWatch)->name, "env-2");
  EXPECT_EQ((*store)->Check("gamma", Scope::kIngest)->name, "env-3");
}

TEST_F(KeyStoreTest, MissingWrongAndGiantKeysAreRefusedInTheSameWords) {
  const auto store = KeyStore::Create({.list = "alpha"});
  ASSERT_TRUE(store.ok());
  for (const std::string& presented :
       {std::string(), std::string("alph"), std::string("alphaa"), std::string("ALPHA"),
        std::string("alpha\0", 6), std::string("alpha,"), std::string(1'000'000, 'a')}) {
    EXPECT_EQ((*store)->Check(presented, Scope::kIngest).status(), absl::UnauthenticatedError("invalid key"));
  }
}

TEST_F(KeyStoreTest, FileGivesNamesAndScopes) {
  const auto store =
      Create("# ours\n\n  k-in  name=ci scopes=ingest\r\nk-out\tscopes=watch # wall\nk-both\n");
  EXPECT_EQ(store->size(), 3u);
  EXPECT_EQ(store->Check("k-in", Scope::kIngest)->name, "ci");
  EXPECT_EQ(store->Check("k-in", Scope::kWatch).status(),
            absl::PermissionDeniedError("this key may not watch"));
  EXPECT_EQ(store->Check("k-out", Scope::kIngest).status(),
            absl::PermissionDeniedError("this key may not send"));
  EXPECT_EQ(store->Check("k-out", Scope::kWatch)->name, "file-2");
  EXPECT_TRUE(store->Check("k-both", Scope::kIngest).ok());
  EXPECT_TRUE(store->Check("k-both", Scope::kWatch).ok());
}

TEST_F(KeyStoreTest, ReloadTakesNewKeysAndForgetsOldOnes) {
  const auto store = Create("old\n");
  Write("new\n");
  ASSERT_TRUE(store->Reload().ok());
  EXPECT_FALSE(store->Check("old", Scope::kIngest).ok());
  EXPECT_TRUE(store->Check("new", Scope::kIngest).ok());
}

TEST_F(KeyStoreTest, ReloadOfABadFileKeepsTheOldKeys) {
  const auto store = Create("old\n");
  for (const char* bad : {"", "# all gone\n", "new scopes=admin\n"}) {
    Write(bad);
    EXPECT_EQ(store->Reload().code(), absl::StatusCode::kInvalidArgument) << bad;
    EXPECT_TRUE(store->Check("old", Scope::kIngest).ok());
    EXPECT_FALSE(store->Check("new", Scope::kIngest).ok());
  }
  ::unlink(path_.c_str());
  EXPECT_EQ(store->Reload().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(store->Check("old", Scope::kIngest).ok());
}

TEST_F(KeyStoreTest, FileWinsOverTheListForAKeyInBoth) {
  Write("shared name=ci scopes=ingest\n");
  const auto store = KeyStore::Create({.list = "shared,other", .file = path_});
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ((*store)->size(), 2u);
  EXPECT_EQ((*store)->Check("shared", Scope::kIngest)->name, "ci");
  EXPECT_FALSE((*store)->Check("shared", Scope::kWatch).ok());
}

TEST_F(KeyStoreTest, ListOfCommasIsAnErrorAndNoOpenDoor) {
  const auto store = KeyStore::Create({.list = " , "});
  EXPECT_EQ(MessageOf(store.status()), "TELEMETRY_API_KEYS: holds no key");
}

TEST_F(KeyStoreTest, MissingFileIsNamed) {
  const auto store = KeyStore::Create({.file = "/no/such/file"});
  EXPECT_EQ(store.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(MessageOf(store.status()), "cannot read the key file /no/such/file: No such file or directory");
}

TEST_F(KeyStoreTest, DirectoryIsNoKeyFile) {
  EXPECT_THAT(MessageOf(KeyStore::Create({.file = ::testing::TempDir()}).status()), HasSubstr("cannot read"));
}

TEST_F(KeyStoreTest, WarnsOfAFileThatOthersCanReadAndOnlyThen) {
  Create("k1\n");
  EXPECT_EQ(log_.str(), "");
  ::chmod(path_.c_str(), 0644);
  Create("k1\n");
  EXPECT_THAT(log_.str(), HasSubstr("can be read by other users"));
}

TEST_F(KeyStoreTest, NoErrorAndNoLogLineHoldsAKey) {
  ::chmod(path_.c_str(), 0644);
  std::string said;
  for (const char* bad :
       {"s3cret name=x name=\xff\n", "s3cret s3cret\n", "s3cret\ns3cret\n", "s3cret scopes=s3cret\n",
        "a\ns3cret\x01\n", "s3cret,s3cret\n", "s3cret name=s3cret!\n"}) {
    Write(bad);
    const auto store = KeyStore::Create({.file = path_});
    EXPECT_EQ(store.status().code(), absl::StatusCode::kInvalidArgument) << bad;
    said += MessageOf(store.status());
  }
  for (const char* bad : {"s3cret,s3cret", "s3cret one"}) {
    const auto store = KeyStore::Create({.list = bad});
    EXPECT_EQ(store.status().code(), absl::StatusCode::kInvalidArgument) << bad;
    said += MessageOf(store.status());
  }
  EXPECT_THAT(said + log_.str(), Not(HasSubstr("s3cret")));
}

TEST(KeyFileTest, ErrorNamesFileAndLine) {
  EXPECT_EQ(MessageOf(ParseKeyFile("a\n# c\nb scopes=all\n", "keys").status()),
            "keys:3: scopes are \"ingest\", \"watch\" or \"ingest,watch\"");
  EXPECT_EQ(MessageOf(ParseKeyFile("a name=x\nb name=x\n", "keys").status()),
            "keys:2: the name stands here twice");
}

TEST(KeyFileTest, LongestKeyPassesAndOneMoreByteDoesNot) {
  EXPECT_TRUE(ParseKeyFile(std::string(kMaxKeyBytes, 'k'), "keys").ok());
  EXPECT_FALSE(ParseKeyFile(std::string(kMaxKeyBytes + 1, 'k'), "keys").ok());
}

TEST(PresentedKeyTest, ReadsBothHeaders) {
  EXPECT_EQ(PresentedKey("Bearer abc", ""), "abc");
  EXPECT_EQ(PresentedKey("bearer   abc ", ""), "abc");
  EXPECT_EQ(PresentedKey("", "abc"), "abc");
  EXPECT_EQ(PresentedKey("Bearer one", "two"), "one");
  EXPECT_EQ(PresentedKey("Basic dXNlcg==", "two"), "two");
  EXPECT_EQ(PresentedKey("Bearer", ""), "");
  EXPECT_EQ(PresentedKey("", ""), "");
}

}  // namespace
}  // namespace obs
