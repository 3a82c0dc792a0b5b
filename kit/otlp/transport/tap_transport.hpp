#pragma once

#include "kit/otlp/tap.hpp"
#include "kit/otlp/transport/transport.hpp"

#include <functional>

namespace tw::otlp {

/// Sends requests to a tap, which accepts all of them.
class TapTransport final : public Transport {
 public:
    /// How many records have been dropped since the start.
    using Dropped = std::function<std::uint64_t()>;

    /// `tap` must outlive the transport.
    TapTransport(Tap& tap, Dropped dropped) : tap_{tap}, dropped_{std::move(dropped)} {}

    Task<SendOutcome> send(const CallContext&, telemetry::Signal signal, std::string_view request) override {
        const auto dropped = dropped_();
        tap_.pass_on(signal, request, dropped - told_);
        told_ = dropped;
        co_return SendOutcome{};
    }

 private:
    Tap& tap_;
    Dropped dropped_;
    std::uint64_t told_ = 0;
};

}  // namespace tw::otlp
