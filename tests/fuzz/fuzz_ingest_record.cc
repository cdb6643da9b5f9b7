// Whatever records an aggregator's journal holds, bringing them back ends, and a record that is read is
// written as it was.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "buffer/store.h"
#include "ingest/journal_record.h"
#include "ingest/journal_replay.h"
#include "ingest/ledger.h"
#include "support/fake_clock.h"

namespace {

// Records, each behind its length: two bytes, the lower one first.
template <typename Visit>
void ForEachRecord(std::string_view bytes, Visit visit) {
  while (bytes.size() >= 2) {
    const std::size_t length =
        static_cast<std::uint8_t>(bytes[0]) | std::size_t{static_cast<std::uint8_t>(bytes[1])} << 8;
    bytes.remove_prefix(2);
    visit(bytes.substr(0, length));
    bytes.remove_prefix(std::min(length, bytes.size()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const obs::FakeClock clock;
  obs::Store store({.max_series = 1000}, clock);
  obs::Ledger ledger({}, clock);
  obs::JournalReplay replay(
      store, ledger, [](std::string_view) { return std::make_shared<obs::SeriesQuota>(); },
      obs::kNanosPerSecond * 3600, clock);
  std::uint64_t number = 0;
  ForEachRecord(bytes, [&](std::string_view record) {
    replay.Visit(++number, record);
    const auto parsed = obs::ParseJournalRecord(record);
    if (!parsed) return;
    const auto encode = [](const auto& each) { return obs::EncodeRecord(each); };
    const std::string encoded = std::visit(encode, *parsed);
    const auto again = obs::ParseJournalRecord(encoded);
    if (!again || std::visit(encode, *again) != encoded) std::abort();
  });
  store.Sweep();
  (void)ledger.Snapshot();
  return 0;
}
