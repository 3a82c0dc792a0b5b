#include "kit/rpc/message_decoder.hpp"

#include "kit/base/gzip.hpp"
#include "kit/rpc/reasons.hpp"
#include "kit/rpc/wire/grpc_wire.hpp"

#include <cstdint>

namespace tw::rpc {
namespace {

/// The greatest capacity of a buffer that is kept. A buffer that has grown for one large message is
/// freed, because the messages after it may be small.
constexpr std::size_t kKeptBytes = 16 * 1024;

Error too_large(std::string_view what, std::size_t bytes_max) {
    return Error{Code::resource_exhausted, reason::kMessageTooLarge,
                 std::string{what} + " exceeds the limit of " + std::to_string(bytes_max) + " bytes."}
        .with_retryable(false);
}

}  // namespace

void MessageDecoder::set_encoding(std::string_view encoding) {
    if (encoding == "gzip") {
        encoding_ = Encoding::gzip;
    } else {
        encoding_ = encoding.empty() || encoding == "identity" ? Encoding::none : Encoding::unknown;
    }
}

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
    if (static_cast<std::uint8_t>(rest[0]) > 1) {
        return Error{Code::internal, reason::kMalformedFrame, "A message has a flag that gRPC does not define."};
    }
    if (rest[0] != 0 && encoding_ != Encoding::gzip) {
        if (encoding_ == Encoding::unknown) {
            return Error{unreadable_, "ENCODING_UNSUPPORTED", "The only supported compression of messages is gzip."};
        }
        return Error{Code::internal, reason::kMalformedFrame,
                     "A message is flagged as compressed, but no grpc-encoding was sent."};
    }
    if (size > message_bytes_max_) return too_large("A message of " + std::to_string(size) + " bytes", message_bytes_max_);
    return std::optional{size};
}

Result<bool> MessageDecoder::more_than_one() const {
    auto size = next_size();
    if (!size) return std::move(size).error();
    return *size && buffer_.size() - taken_ > kPrefixBytes + **size;
}

Result<std::optional<std::string_view>> MessageDecoder::next() {
    auto size = next_size();
    if (!size) return std::move(size).error();
    const std::string_view rest = std::string_view{buffer_}.substr(taken_);
    if (!*size || rest.size() - kPrefixBytes < **size) return std::optional<std::string_view>{};
    wire_bytes_ = kPrefixBytes + **size;
    taken_ += wire_bytes_;
    const auto message = rest.substr(kPrefixBytes, **size);
    compressed_ = rest[0] != 0;
    if (compressed_) return decompress(message);
    return std::optional{message};
}

Result<std::optional<std::string_view>> MessageDecoder::decompress(std::string_view compressed) {
    decompressed_.clear();
    const auto done = gunzip(compressed, message_bytes_max_, decompressed_);
    if (done) return std::optional{std::string_view{decompressed_}};
    if (done.error().code() == Code::resource_exhausted) return too_large("A compressed message", message_bytes_max_);
    return Error{Code::internal, reason::kMalformedFrame, "A compressed message cannot be decompressed."};
}

void MessageDecoder::clear() {
    if (buffer_.capacity() > kKeptBytes) std::string{}.swap(buffer_);
    if (decompressed_.capacity() > kKeptBytes) std::string{}.swap(decompressed_);
    buffer_.clear();
    taken_ = 0;
    encoding_ = Encoding::none;
    compressed_ = false;
}

}  // namespace tw::rpc
