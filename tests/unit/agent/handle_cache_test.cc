#include "agent/handle_cache.h"

#include <string>

#include "gtest/gtest.h"

namespace obs {
namespace {

CachedHandle Cell(std::uint32_t cell) {
  CachedHandle handle;
  handle.cell = cell;
  return handle;
}

TEST(HandleCacheTest, FindsWhatWasInsertedAndNothingElse) {
  HandleCache cache;
  EXPECT_EQ(cache.Find("a"), nullptr);
  for (std::uint32_t i = 0; i < 1000; ++i) cache.Insert("key " + std::to_string(i), Cell(i));
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const CachedHandle* const found = cache.Find("key " + std::to_string(i));
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->cell, i);
  }
  EXPECT_EQ(cache.Find("key 1000"), nullptr);
}

TEST(HandleCacheTest, StartsOverWhenFull) {
  HandleCache cache;
  for (std::uint32_t i = 0; i <= HandleCache::kMaxEntries; ++i) cache.Insert(std::to_string(i), Cell(i));
  EXPECT_EQ(cache.Find("0"), nullptr);
  ASSERT_NE(cache.Find(std::to_string(HandleCache::kMaxEntries)), nullptr);
}

TEST(CacheKeyTest, StringsOfAllLengthsAreCopiedWhole) {
  std::string expected;
  CacheKey key;
  for (std::uint32_t size = 0; size <= 30; ++size) {
    std::string text;
    for (std::uint32_t i = 0; i < size; ++i) text.push_back(static_cast<char>('a' + i % 26));
    key.Append(text);
    expected.append(reinterpret_cast<const char*>(&size), sizeof size);
    expected.append(text);
  }
  EXPECT_TRUE(key.ok());
  EXPECT_EQ(key.view(), expected);
}

TEST(CacheKeyTest, WhereStringsEndMakesADifference) {
  CacheKey one;
  one.Append("ab");
  one.Append("c");
  CacheKey other;
  other.Append("a");
  other.Append("bc");
  EXPECT_NE(one.view(), other.view());
}

TEST(CacheKeyTest, WhatDoesNotFitIsSaid) {
  CacheKey key;
  key.Append(std::string(600, 'x'));
  EXPECT_TRUE(key.ok());
  key.Append(std::string(600, 'x'));
  EXPECT_FALSE(key.ok());
  key.Append("short");
  EXPECT_FALSE(key.ok());
}

}  // namespace
}  // namespace obs
