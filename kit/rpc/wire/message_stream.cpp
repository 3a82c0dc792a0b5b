#include "kit/rpc/wire/message_stream.hpp"

#include "kit/rpc/wire/grpc_wire.hpp"

#include <algorithm>
#include <utility>

namespace tw::rpc {
namespace {

/// How many bytes a writer may queue before it has to wait. A peer grants a stream as many by
/// default.
constexpr std::size_t kQueuedBytesMax = 64 * 1024;

}  // namespace

Error truncated_message() { return Error{Code::internal, "TRUNCATED_MESSAGE", "The stream ended within a message."}; }

void MessageStream::consume_all() { consume(std::exchange(unconsumed_bytes_, 0)); }

void MessageStream::deliver(std::string_view bytes) {
    decoder_.append(bytes);
    unconsumed_bytes_ += bytes.size();
    if (unbounded_) consume_all();
    reader_.notify();
}

void MessageStream::deliver_end() {
    ended_ = true;
    reader_.notify();
}

void MessageStream::on_room() { writer_.notify(); }

void MessageStream::break_off(const Error& why) {
    if (broken_) return;
    broken_ = why;
    // Waking a waiter may destroy this object, so the signals are moved out of it first.
    auto reader = std::move(reader_);
    auto writer = std::move(writer_);
    reader.notify();
    writer.notify();
}

void MessageStream::end_both() {
    ended_ = writes_dropped_ = true;
    auto reader = std::move(reader_);
    auto writer = std::move(writer_);
    reader.notify();
    writer.notify();
}

Task<Result<std::optional<std::string_view>>> MessageStream::read_bytes() {
    while (true) {
        if (broken_) co_return *broken_;
        auto next = decoder_.next();
        if (!next) co_return std::move(next).error();
        if (*next) {
            // The message frees as much of the window as it took on the wire, before decompression.
            const auto freed = std::min(decoder_.wire_bytes(), unconsumed_bytes_);
            unconsumed_bytes_ -= freed;
            consume(freed);
            co_return next;
        }
        if (ended_) {
            if (decoder_.partial()) co_return truncated_message();
            co_return std::optional<std::string_view>{};
        }
        // The sender gets room for everything that has arrived, because a message may be larger
        // than the window.
        consume_all();
        co_await reader_;
    }
}

Task<Result<void>> MessageStream::write_message(const Message& message, Compression compression) {
    if (broken_) co_return *broken_;
    if (writes_dropped_) co_return Result<void>{};
    if (auto queued = append_message(message, compression, write_bytes_max_, outgoing()); !queued) {
        // Earlier messages of the stream may have had their effect.
        co_return std::move(queued).error().with_outcome_open(true);
    }
    send_queued();
    while (queued_bytes() > kQueuedBytesMax && !broken_ && !writes_dropped_) {
        notify_room();
        co_await writer_;
    }
    if (broken_) co_return *broken_;
    co_return Result<void>{};
}

void MessageStream::recycle() {
    H2Stream::recycle();
    decoder_.clear();
    unconsumed_bytes_ = 0;
    unbounded_ = ended_ = writes_dropped_ = false;
    broken_.reset();
    reader_ = Signal{};
    writer_ = Signal{};
}

}  // namespace tw::rpc
