#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/net/stream.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tw::test {

/// One end of a connection without a network. What one end writes, the other one reads, on the same
/// loop. Every operation ends in a later turn of the loop, as with a socket. The stream buffers as
/// much as a socket would; after that writers wait.
class MemoryStream final : public net::Stream {
 public:
    static constexpr std::size_t kBufferBytes = 64 * 1024;

    struct Pair {
        std::unique_ptr<MemoryStream> first;
        std::unique_ptr<MemoryStream> second;
    };
    /// `peer` is the address that either end reports as its peer.
    static Pair make_pair(EventLoop& loop, const net::Address& peer = {"memory", 1}) {
        auto there = std::make_shared<Direction>();
        auto back = std::make_shared<Direction>();
        return {std::unique_ptr<MemoryStream>{new MemoryStream{loop, peer, there, back}},
                std::unique_ptr<MemoryStream>{new MemoryStream{loop, peer, back, there}}};
    }
    ~MemoryStream() override { MemoryStream::close(); }

    void close() override {
        shutdown_write();
        in_->closed = true;
        for (auto* const direction : {in_.get(), out_.get()}) {
            auto& mine = direction == in_.get() ? direction->reader : direction->writer;
            if (mine) finish(std::exchange(mine, nullptr), cancelled());
        }
        settle(*in_);
    }
    void shutdown_write() override {
        out_->ended = true;
        settle(*out_);
    }
    const net::Address& peer() const override { return peer_; }

    /// The number of bytes that the other end has not read yet.
    std::size_t unread_bytes() const { return out_->bytes.size(); }

 private:
    struct Direction {
        std::string bytes;
        bool ended = false;   ///< by the writer
        bool closed = false;  ///< by the reader
        Operation* reader = nullptr;
        std::span<char> into;
        Operation* writer = nullptr;
        std::span<const char> from;
        std::size_t size = 0;
    };

    MemoryStream(EventLoop& loop, net::Address peer, std::shared_ptr<Direction> out, std::shared_ptr<Direction> in)
        : loop_{loop}, peer_{std::move(peer)}, out_{std::move(out)}, in_{std::move(in)} {}

    void finish(Operation* operation, Result<std::size_t> outcome) {
        loop_.post([operation, outcome = std::move(outcome)]() mutable { operation->complete(std::move(outcome)); });
    }

    /// Moves bytes from the waiting writer to the buffer, and from there to the waiting reader.
    void settle(Direction& way) {
        if (way.writer != nullptr && way.closed) finish(std::exchange(way.writer, nullptr), unavailable("the peer has gone"));
        if (way.writer != nullptr) {
            const auto count = std::min(way.from.size(), kBufferBytes - std::min(kBufferBytes, way.bytes.size()));
            way.bytes.append(way.from.data(), count);
            way.from = way.from.subspan(count);
            if (way.from.empty()) finish(std::exchange(way.writer, nullptr), way.size);
        }
        if (way.reader == nullptr || (way.bytes.empty() && !way.ended)) return;
        const auto count = std::min(way.into.size(), way.bytes.size());
        std::memcpy(way.into.data(), way.bytes.data(), count);
        way.bytes.erase(0, count);
        finish(std::exchange(way.reader, nullptr), count);
        if (way.writer != nullptr) settle(way);
    }

    void start_read(std::span<char> buffer, Operation& operation) override {
        if (in_->closed) return finish(&operation, cancelled());
        in_->reader = &operation;
        in_->into = buffer;
        settle(*in_);
    }
    void start_write(std::span<const char> bytes, Operation& operation) override {
        if (out_->ended) return finish(&operation, cancelled());
        out_->writer = &operation;
        out_->from = bytes;
        out_->size = bytes.size();
        settle(*out_);
    }

    EventLoop& loop_;
    net::Address peer_;
    std::shared_ptr<Direction> out_;
    std::shared_ptr<Direction> in_;
};

}  // namespace tw::test
