// A gRPC client of raw bytes, for messages that no generated client would send.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/sync_stream.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace obs {

inline grpc::ByteBuffer ToByteBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

inline std::string ToString(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices)
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

// A call of any method as a stream of messages in both directions, one after the other.
class RawCall {
 public:
  using Metadata = std::vector<std::pair<std::string, std::string>>;

  RawCall(const std::shared_ptr<grpc::Channel>& channel, const char* method, const Metadata& metadata = {}) {
    for (const auto& [name, value] : metadata) context_.AddMetadata(name, value);
    stream_.reset(grpc::internal::ClientReaderWriterFactory<grpc::ByteBuffer, grpc::ByteBuffer>::Create(
        channel.get(), grpc::internal::RpcMethod(method, grpc::internal::RpcMethod::BIDI_STREAMING),
        &context_));
  }

  bool Write(const std::string& bytes) { return stream_->Write(ToByteBuffer(bytes)); }
  void WritesDone() { stream_->WritesDone(); }

  bool Read(std::string* bytes) {
    grpc::ByteBuffer buffer;
    if (!stream_->Read(&buffer)) return false;
    *bytes = ToString(buffer);
    return true;
  }

  // Reads what is left, and returns it with the status.
  std::pair<std::vector<std::string>, grpc::Status> Finish() {
    std::vector<std::string> messages;
    std::string bytes;
    while (Read(&bytes)) messages.push_back(bytes);
    return {messages, stream_->Finish()};
  }

  grpc::ClientContext& context() { return context_; }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>> stream_;
};

}  // namespace obs
