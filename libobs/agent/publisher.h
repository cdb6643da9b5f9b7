// Sends batches to the aggregator and keeps each until it is confirmed: across broken connections and
// restarts of the aggregator, which drops what it has already applied by producer and sequence.
//
// Thread safety: every method may be called from any thread, but Start() and Stop() by one. None but those
// that wait ever blocks on I/O.
// With a spool, batches are sent once they are written to it, those that find no room in memory wait there
// alone, and a publisher that takes over a spool goes on where the last one was, as the same producer. When
// full: Push() drops the oldest unconfirmed batches and counts them; TryPush() refuses, and WaitForRoom()
// waits. A batch that is dropped after it was sent may have arrived, with its Ack lost. The aggregator is
// asked when it is reached again, and if so the batch counts as confirmed. When refused for the key: it tries
// again at the longest back-off, since keys may change on the other side.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "agent/loss.h"
#include "agent/outbox.h"
#include "agent/publish_stream.h"
#include "agent/series_catalog.h"
#include "agent/spool.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "wire/batch_writer.h"

namespace obs {

struct PublisherOptions {
  std::string service;
  std::string instance;
  StreamTarget target;
  std::size_t max_samples = 1'000'000;  // unconfirmed
  std::size_t max_bytes = 64u << 20;    // likewise
  Backoff::Options backoff = {};
  std::function<double()> random = Backoff::SystemRandom();
  // Without an Ack for so long, while one is due, the connection is taken for dead.
  std::int64_t ack_timeout_nanos = 30 * kNanosPerSecond;
};

struct PublisherStats {
  std::uint64_t sent = 0;         // samples pushed
  std::uint64_t confirmed = 0;    // samples in batches that the aggregator confirmed
  std::uint64_t rejected = 0;     // of those, samples it refused
  std::uint64_t unconfirmed = 0;  // samples kept for now, in memory or in the spool
  std::uint64_t unspooled = 0;    // of those, in memory alone, though there is a spool
  std::uint64_t taken_over = 0;   // samples that waited in the spool when it was opened, apart from `sent`
  std::uint64_t taken_over_confirmed = 0;  // of those, apart from `confirmed`
  bool connected = false;
  absl::Status last_error;           // of the last stream that broke
  absl::Status spool_error;          // why the spool cannot be written
  std::vector<std::string> reasons;  // the first rejections in the aggregator's words
};

class Publisher final : private StreamEvents, private SpoolEvents {
 public:
  // `catalog` has the refs of all batches. `catalog`, `losses` and `clock` outlive the publisher. `spool`, if
  // there is one, is of the same service and instance.
  Publisher(PublisherOptions options, const SeriesCatalog& catalog, LossCounts& losses, const Clock& clock,
            std::unique_ptr<Spool> spool = nullptr);
  // Stops without waiting for confirmations.
  ~Publisher() override;

  // Opens one stream, sends nothing and waits for the aggregator's answer. For before Start(). Errors:
  // UNAUTHENTICATED or PERMISSION_DENIED for the key, UNAVAILABLE or DEADLINE_EXCEEDED if nobody answers,
  // others as the aggregator has them; the message names the address.
  absl::Status Probe(std::chrono::nanoseconds timeout) const;

  // Begins to connect. Errors: INVALID_ARGUMENT for a key that cannot be sent, RESOURCE_EXHAUSTED if the
  // system gives no thread. Does nothing if it runs.
  absl::Status Start();

  // Waits, at most `timeout`, until everything is confirmed, and ends the stream. What is unconfirmed then
  // stays for the next Start().
  void Stop(std::chrono::nanoseconds timeout);

  // An empty batch carries only the report of losses.
  void Push(EncodedBatch batch);
  // False, leaving `batch` alone, if there is no room.
  [[nodiscard]] bool TryPush(EncodedBatch& batch);
  // False if `timeout` passed.
  bool WaitForRoom(const EncodedBatch& batch, std::chrono::nanoseconds timeout);

  // OK once everything pushed is confirmed or dropped. Errors: after `timeout`, what last broke the
  // connection, or DEADLINE_EXCEEDED if nothing did; at once UNAUTHENTICATED or PERMISSION_DENIED if the key
  // is refused.
  absl::Status WaitForAcks(std::chrono::nanoseconds timeout);

  PublisherStats stats() const;

  // True if losses were counted that no batch has told of yet.
  bool HasNewsOfLosses() const;

  const std::string& service() const { return options_.service; }
  const std::string& instance() const { return options_.instance; }

 private:
  // Each stream begins with an empty batch of this sequence. The first is applied; all others are recognised
  // as duplicates. Its Ack says what has arrived of this producer, and that there is a connection.
  static constexpr std::uint64_t kGreetingSequence = 1;

  // What is known of the current stream.
  struct Stream {
    PublishStream* call = nullptr;  // null once it ended
    bool writable = true;
    bool open = false;
    bool half_closed = false;
    bool acknowledged = false;  // something was
    bool asking = false;        // nothing more is sent until it is known what had arrived before this stream
    bool stalled = false;       // cancelled, as no Ack came
    const SeriesCatalog* catalog = nullptr;  // whose refs are announced
    std::uint32_t announced = 0;             // those below it
    std::uint64_t messages = 0;              // written
    std::uint64_t rejected = 0;              // as its last Ack said
    std::size_t reasons = 0;                 // likewise
    std::int64_t progress_nanos =
        0;  // monotonic time of the last Ack, or of the first write after all were confirmed
    std::optional<StreamEnd> end;
  };

  // Batches that are in the spool alone. They come after those in memory.
  struct Backlog {
    std::uint64_t batches = 0;
    std::uint64_t samples = 0;
    std::uint64_t first_record = 0;  // of the first of them, or before it
    std::uint64_t last_record = 0;

    void Add(const OutboundBatch& batch);
    // Of the first one.
    void Remove(const OutboundBatch& batch);
  };

  void OnSpoolProgress() override;
  void OnSpoolDrops(std::uint64_t record, const std::vector<OutboundBatch>& batches) override;

  void OnOpen() override;
  void OnWritable() override;
  void OnAck(const Ack& ack) override;
  void OnClosed(const StreamEnd& end) override;

  void Run();
  // Opens a stream and returns when it has ended, with how long to wait before the next.
  std::int64_t RunStream();
  void AwaitEnd() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Farewell() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Writes what comes next, if there is something and the stream is writable: the greeting, announcements
  // that the next batch needs, or that batch.
  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Write(std::string head, std::shared_ptr<const std::string> body) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Returns how long to wait before the next stream.
  std::int64_t ReactTo(const StreamEnd& end) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Complain(const absl::Status& error) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Makes sure that the batch which `refusal` is about is not sent again.
  void DropCulprit(const absl::Status& refusal, Loss loss) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void KeepReasons(const Ack& ack) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Enqueue(EncodedBatch batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // True if a batch of that size can be pushed without any being dropped.
  bool HasRoomFor(std::uint64_t samples, std::size_t bytes) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasUnconfirmed() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !outbox_.empty() || backlog_.batches != 0;
  }
  std::uint64_t Unconfirmed() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return outbox_.samples() + backlog_.samples;
  }
  // Brings batches from the spool into memory while there is room for many. False if there is nothing to be
  // brought. Gives up the lock meanwhile.
  bool Refill() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Tells the spool what it need not keep.
  void TellSpool() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // In all lives.
  LossTotals Losses() const;
  std::string EncodeHead(const OutboundBatch& batch) const;
  bool IsStalled() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsKeyRefused() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const PublisherOptions options_;
  const std::unique_ptr<Spool> spool_;  // may be null
  const std::string identity_;          // encoded fields service, instance and producer
  const SeriesCatalog& catalog_;
  LossCounts& losses_;
  LossCounts earlier_losses_;  // of the producer's earlier lives
  const Clock& clock_;

  mutable Mutex mutex_;
  CondVar changed_;  // anything below
  Outbox outbox_ ABSL_GUARDED_BY(mutex_);
  Backlog backlog_ ABSL_GUARDED_BY(mutex_);
  Stream stream_ ABSL_GUARDED_BY(mutex_);
  Backoff backoff_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t sequence_ ABSL_GUARDED_BY(mutex_) = kGreetingSequence;
  std::uint64_t acknowledged_ ABSL_GUARDED_BY(mutex_) = 0;  // the highest sequence
  // Batches were taken over from the spool, and it is not known yet which of them have arrived.
  bool is_unsure_ ABSL_GUARDED_BY(mutex_) = false;
  std::uint64_t sent_ ABSL_GUARDED_BY(mutex_) = 0;         // in this life
  std::uint64_t through_ ABSL_GUARDED_BY(mutex_) = 0;      // in all lives
  std::uint64_t last_record_ ABSL_GUARDED_BY(mutex_) = 0;  // in the spool
  std::uint64_t confirmed_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t taken_over_confirmed_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t rejected_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t losses_told_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t failures_ ABSL_GUARDED_BY(mutex_) = 0;  // streams that ended without any Ack
  absl::Status last_error_ ABSL_GUARDED_BY(mutex_);
  absl::StatusCode complained_of_ ABSL_GUARDED_BY(mutex_) = absl::StatusCode::kOk;  // in the log
  std::vector<std::string> reasons_ ABSL_GUARDED_BY(mutex_);
  bool hurry_ ABSL_GUARDED_BY(mutex_) = false;  // do not wait out the back-off
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;
};

}  // namespace obs
