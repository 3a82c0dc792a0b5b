#pragma once

#include "kit/net/stream.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace tw::http {

/// The connection of a proxy, whose peer is the proxy's client. Everything else is that of the
/// connection below.
class ProxiedStream final : public net::Stream {
 public:
    ProxiedStream(std::unique_ptr<net::Stream> below, net::Address client)
        : below_{std::move(below)}, client_{std::move(client)} {}

    void close() override { below_->close(); }
    void shutdown_write() override { below_->shutdown_write(); }
    const net::Address& peer() const override { return client_; }
    const net::TlsSession* tls() const override { return below_->tls(); }

 private:
    void start_read(std::span<char> buffer, Operation& operation) override {
        reading_ = &operation;
        read_.emplace(*below_, buffer, std::span<const char>{}, read_sink_);
        read_->begin();
    }
    void start_write(std::span<const char> bytes, Operation& operation) override {
        writing_ = &operation;
        write_.emplace(*below_, std::span<char>{}, bytes, write_sink_);
        write_->begin();
    }

    std::unique_ptr<net::Stream> below_;
    net::Address client_;
    // An operation may begin the next one, or destroy this stream, when it is complete.
    Operation* reading_ = nullptr;
    Operation* writing_ = nullptr;
    Sink read_sink_{[this](Result<std::size_t> outcome) { std::exchange(reading_, nullptr)->complete(std::move(outcome)); }};
    Sink write_sink_{[this](Result<std::size_t> outcome) { std::exchange(writing_, nullptr)->complete(std::move(outcome)); }};
    std::optional<Operation> read_;
    std::optional<Operation> write_;
};

}  // namespace tw::http
