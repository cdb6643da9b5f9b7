#include "agent/spool_record.h"

#include "wire/proto_reader.h"
#include "wire/proto_writer.h"

namespace obs {
namespace {

constexpr std::string_view kOwner = "obs-spool";

// Fields of both messages.
constexpr std::uint32_t kOwnerField = 1;
constexpr std::uint32_t kService = 2;
constexpr std::uint32_t kInstance = 3;
constexpr std::uint32_t kProducer = 4;
constexpr std::uint32_t kLife = 5;
constexpr std::uint32_t kSequence = 6;
constexpr std::uint32_t kSamples = 7;
constexpr std::uint32_t kSamplesThrough = 8;
constexpr std::uint32_t kRefLimit = 9;
constexpr std::uint32_t kAnnouncements = 10;
constexpr std::uint32_t kBody = 11;
constexpr std::uint32_t kConfirmed = 12;
constexpr std::uint32_t kSettled = 13;
constexpr std::uint32_t kDropped = 14;  // map<string, uint64>
constexpr std::uint32_t kHasDropped = 15;

constexpr std::uint32_t VarintTag(std::uint32_t field) {
  return FieldTag(field, WireType::kVarint);
}
constexpr std::uint32_t BytesTag(std::uint32_t field) {
  return FieldTag(field, WireType::kBytes);
}

void AppendDropped(std::string& out, const LossTotals& dropped) {
  for (std::size_t i = 0; i < kLossCount; ++i) {
    if (dropped[i] != 0) AppendMapField(out, kDropped, LossName(static_cast<Loss>(i)), dropped[i]);
  }
}

// A reason that this version does not know is passed over.
void ReadDropped(ProtoReader& reader, LossTotals* dropped) {
  std::string_view entry;
  if (!reader.ReadBytes(&entry)) return;
  std::string_view name;
  std::uint64_t count = 0;
  ProtoReader fields(entry);
  while (fields.Next()) {
    switch (fields.tag()) {
      case BytesTag(1): fields.ReadBytes(&name); break;
      case VarintTag(2): fields.ReadVarint(&count); break;
      default: fields.Skip();
    }
  }
  for (std::size_t i = 0; i < kLossCount; ++i) {
    if (name == LossName(static_cast<Loss>(i))) (*dropped)[i] = count;
  }
}

void ReadString(ProtoReader& reader, std::string* text) {
  std::string_view bytes;
  if (reader.ReadBytes(&bytes)) *text = bytes;
}

}  // namespace

std::string EncodeSpoolHead(const SpoolHead& head) {
  std::string out;
  AppendBytesField(out, kOwnerField, kOwner);
  AppendBytesField(out, kService, head.service);
  AppendBytesField(out, kInstance, head.instance);
  AppendBytesField(out, kProducer, head.producer);
  AppendVarintField(out, kLife, head.life);
  AppendVarintField(out, kSequence, head.sequence);
  AppendVarintField(out, kSamplesThrough, head.samples_through);
  AppendVarintField(out, kConfirmed, head.confirmed);
  AppendDropped(out, head.dropped);
  AppendBytesField(out, kAnnouncements, head.announcements);
  return out;
}

std::optional<SpoolHead> ParseSpoolHead(std::string_view bytes) {
  SpoolHead head;
  std::string owner;
  ProtoReader reader(bytes);
  while (reader.Next()) {
    switch (reader.tag()) {
      case BytesTag(kOwnerField): ReadString(reader, &owner); break;
      case BytesTag(kService): ReadString(reader, &head.service); break;
      case BytesTag(kInstance): ReadString(reader, &head.instance); break;
      case BytesTag(kProducer): ReadString(reader, &head.producer); break;
      case VarintTag(kLife): reader.ReadVarint(&head.life); break;
      case VarintTag(kSequence): reader.ReadVarint(&head.sequence); break;
      case VarintTag(kSamplesThrough): reader.ReadVarint(&head.samples_through); break;
      case VarintTag(kConfirmed): reader.ReadVarint(&head.confirmed); break;
      case BytesTag(kDropped): ReadDropped(reader, &head.dropped); break;
      case BytesTag(kAnnouncements): ReadString(reader, &head.announcements); break;
      default: reader.Skip();
    }
  }
  if (!reader.ok() || owner != kOwner || head.producer.empty()) return std::nullopt;
  return head;
}

std::string EncodeSpoolRecord(const SpoolRecord& record) {
  std::string out;
  out.reserve(record.body.size() + record.announcements.size() + 64);
  if (record.sequence != 0) {
    AppendVarintField(out, kSequence, record.sequence);
    AppendVarintField(out, kSamples, record.samples);
    AppendVarintField(out, kSamplesThrough, record.samples_through);
    AppendVarintField(out, kRefLimit, record.ref_limit);
    if (!record.announcements.empty()) AppendBytesField(out, kAnnouncements, record.announcements);
    AppendBytesField(out, kBody, record.body);
  }
  if (record.confirmed != 0) AppendVarintField(out, kConfirmed, record.confirmed);
  if (record.settled != 0) AppendVarintField(out, kSettled, record.settled);
  if (record.dropped) {
    AppendVarintField(out, kHasDropped, 1);
    AppendDropped(out, *record.dropped);
  }
  return out;
}

std::optional<SpoolRecord> ParseSpoolRecord(std::string_view bytes) {
  SpoolRecord record;
  std::uint64_t number = 0;
  ProtoReader reader(bytes);
  while (reader.Next()) {
    switch (reader.tag()) {
      case VarintTag(kSequence): reader.ReadVarint(&record.sequence); break;
      case VarintTag(kSamples): reader.ReadVarint(&record.samples); break;
      case VarintTag(kSamplesThrough): reader.ReadVarint(&record.samples_through); break;
      case VarintTag(kRefLimit):
        if (reader.ReadVarint(&number)) record.ref_limit = static_cast<std::uint32_t>(number);
        break;
      case BytesTag(kAnnouncements): reader.ReadBytes(&record.announcements); break;
      case BytesTag(kBody): reader.ReadBytes(&record.body); break;
      case VarintTag(kConfirmed): reader.ReadVarint(&record.confirmed); break;
      case VarintTag(kSettled): reader.ReadVarint(&record.settled); break;
      case VarintTag(kHasDropped):
        if (reader.ReadVarint(&number)) record.dropped.emplace();
        break;
      case BytesTag(kDropped):
        if (!record.dropped) record.dropped.emplace();
        ReadDropped(reader, &*record.dropped);
        break;
      default: reader.Skip();
    }
  }
  if (!reader.ok()) return std::nullopt;
  return record;
}

}  // namespace obs
