#include "agent/ack.h"

#include "wire/proto_reader.h"

namespace obs {

std::optional<Ack> ParseAck(std::string_view bytes) {
  Ack ack;
  ProtoReader reader(bytes);
  std::string_view reason;
  while (reader.Next()) {
    switch (reader.tag()) {
      case FieldTag(3, WireType::kVarint): reader.ReadVarint(&ack.sequence); break;
      case FieldTag(4, WireType::kVarint): reader.ReadVarint(&ack.rejected); break;
      case FieldTag(5, WireType::kVarint): reader.ReadVarint(&ack.duplicates); break;
      case FieldTag(6, WireType::kBytes):
        if (reader.ReadBytes(&reason)) ack.reasons.emplace_back(reason);
        break;
      default: reader.Skip();
    }
  }
  if (!reader.ok()) return std::nullopt;
  return ack;
}

}  // namespace obs
