// What the aggregator keeps in its journal, as bytes: protobuf fields, since those can be added to.
// obs-journal(5) describes them.
//
// The journal is a log of batches as they arrived, in the order in which they were applied at their instance.
// From time to time an epoch begins: from there on each instance's state, and what each stream has announced,
// is written again, so that what is older need not be kept. A batch is of use only behind its instance's
// state.
//
// `monotonic_ns` is the time by a clock that only runs while a process lives, and begins anywhere: it says
// how old things are, whatever the Unix clock does.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "buffer/series_snapshot.h"
#include "ingest/ledger.h"
#include "ingest/ledger_totals.h"

namespace obs {

struct EpochRecord {
  std::uint64_t epoch = 0;
  std::int64_t monotonic_ns = 0;
  bool begins_life = false;  // of a process: streams before it are over
  bool is_complete = false;  // not its beginning: all states have been written since that
  LedgerTotals made_room;    // of instances that the ledger no longer lists
};

struct StreamRecord {
  std::uint64_t stream = 0;
  bool begins = false;             // forget what was announced under that number before
  bool ends = false;               // nothing follows
  std::string_view owner;          // name of the key
  std::string_view announcements;  // a TelemetryBatch of nothing else
};

struct BatchRecord {
  std::uint64_t stream = 0;
  std::int64_t received_ns = 0;  // Unix time
  std::int64_t monotonic_ns = 0;
  std::uint32_t slot = 0;  // of its account; 0: that of the producer's id
  BaselineId baseline = 0;
  bool is_applied = false;  // false: it had been applied before, or came without identity
  SampleCounts samples;     // what became of them
  std::string_view bytes;   // the TelemetryBatch as it came
};

// The state of an instance, in as many records as it takes, one right after the other.
struct InstanceRecord {
  std::string service;
  std::string instance;
  std::int64_t monotonic_ns = 0;
  bool is_first = false;  // of those records: it has the accounts
  InstanceAccounts accounts;
  // Monotonic times in them count from `monotonic_ns`, so they are negative.
  std::vector<SeriesSnapshot> series;
};

// The aggregator lived then: written now and then where nothing else is.
struct TimeRecord {
  std::int64_t monotonic_ns = 0;
};

using JournalRecord = std::variant<EpochRecord, StreamRecord, BatchRecord, InstanceRecord, TimeRecord>;

// What a segment of an aggregator's journal has for a head.
std::string EncodeJournalHead();
bool IsJournalHead(std::string_view bytes);

std::string EncodeRecord(const EpochRecord& record);
std::string EncodeRecord(const StreamRecord& record);
std::string EncodeRecord(const BatchRecord& record);
std::string EncodeRecord(const InstanceRecord& record);
std::string EncodeRecord(const TimeRecord& record);
// Views into `bytes`. Nullopt if they are no such record.
std::optional<JournalRecord> ParseJournalRecord(std::string_view bytes);

}  // namespace obs
