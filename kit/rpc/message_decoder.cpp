#include "kit/rpc/message_decoder.hpp"

#include "kit/rpc/grpc_wire.hpp"

#include <cstdint>

namespace tw::rpc {
namespace {

/// A buffer that one large message blew up is not kept for the small ones after it.
constexpr std::size_t kKeptBytes = 16 * 1024;

}  // namespace

void MessageDecoder::append(std::string_view bytes) {
    if (taken_ > 0) {
        buffer_.erase(0, taken_);
        taken_ = 0;
    }
    buffer_.append(bytes);
}

Result<std::optional<std::size_t>> MessageDecoder::next_size() const {
    const std::string_view rest = std::string_view{buffer_}.substr(taken_);
    if (rest.size() < kPrefixBytes) return std::optional<std::size_t>{};
    std::size_t size = 0;
    for (int i = 1; i <= 4; ++i) size = size << 8 | static_cast<std::uint8_t>(rest[i]);
    if (rest[0] != 0) {
        if (encoded_) return Error{Code::unimplemented, "ENCODING_UNSUPPORTED", "Messages must not be compressed."};
        return Error{Code::internal, "MALFORMED_FRAME", "A message is flagged as compressed, but no grpc-encoding was sent."};
    }
    if (size > message_bytes_max_) {
        return Error{Code::resource_exhausted, "MESSAGE_TOO_LARGE",
                     "A message of " + std::to_string(size) + " bytes exceeds the limit of " +
                         std::to_string(message_bytes_max_) + " bytes."}
            .with_retryable(false);
    }
    return std::optional{size};
}

Result<void> MessageDecoder::fits() const {
    auto size = next_size();
    if (!size) return std::move(size).error();
    return {};
}

Result<std::optional<std::string_view>> MessageDecoder::next() {
    auto size = next_size();
    if (!size) return std::move(size).error();
    const std::string_view rest = std::string_view{buffer_}.substr(taken_);
    if (!*size || rest.size() - kPrefixBytes < **size) return std::optional<std::string_view>{};
    taken_ += kPrefixBytes + **size;
    return std::optional{rest.substr(kPrefixBytes, **size)};
}

void MessageDecoder::clear() {
    if (buffer_.capacity() > kKeptBytes) std::string{}.swap(buffer_);
    buffer_.clear();
    taken_ = 0;
    encoded_ = false;
}

}  // namespace tw::rpc
