// A store and an ingestor with a fake clock, and what tests want to know of them.
#pragma once

#include <memory>
#include <string>

#include "auth/key_store.h"
#include "buffer/store.h"
#include "fmt/format.h"
#include "gtest/gtest.h"
#include "ingest/ingestor.h"
#include "support/fake_clock.h"

namespace obs {

class IngestFixture : public ::testing::Test {
 protected:
  void MakeIngestor(IngestOptions options = {}, StoreOptions store_options = {},
                    const std::string& keys = "") {
    ingestor_.reset();
    store_ = std::make_unique<Store>(store_options, clock_);
    keys_ = KeyStore::Create({.list = keys}).value();
    ingestor_ = std::make_unique<Ingestor>(options, *store_, *keys_, clock_);
  }

  // The series of that name whose labels read like `labels`: "a=1,b=2". Null if there is none.
  SeriesPtr Find(std::string_view name, std::string_view labels = "") {
    SeriesPtr match;
    store_->ForEachSeries(true, [&](const SeriesPtr& series) {
      std::string text;
      for (const LabelView label : series->identity().labels) {
        text += fmt::format("{}{}={}", text.empty() ? "" : ",", label.name, label.value);
      }
      if (series->identity().name == name && text == labels) match = series;
    });
    return match;
  }

  // Its value; NaN if there is no such series.
  double Value(std::string_view name, std::string_view labels = "") {
    const SeriesPtr series = Find(name, labels);
    return series != nullptr ? series->value() : std::numeric_limits<double>::quiet_NaN();
  }

  HistogramState Histogram(std::string_view name) {
    SeriesState state;
    if (const SeriesPtr series = Find(name)) store_->ReadState(*series, &state);
    return state.histogram;
  }

  std::size_t SeriesCount() {
    std::size_t count = 0;
    store_->ForEachSeries(true, [&](const SeriesPtr&) { ++count; });
    return count;
  }

  std::uint64_t RejectedFor(RejectReason reason) {
    return ingestor_->ledger().Snapshot().totals.samples.rejected[static_cast<std::size_t>(reason)];
  }

  FakeClock clock_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<KeyStore> keys_;
  std::unique_ptr<Ingestor> ingestor_;
};

}  // namespace obs
