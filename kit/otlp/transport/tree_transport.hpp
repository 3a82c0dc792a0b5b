#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/otlp/transport/held_traces.hpp"
#include "kit/otlp/transport/transport.hpp"

namespace tw::otlp {

/// Prints traces as indented trees, for people. A trace is printed as one block soon after its
/// local root has ended. Writing blocks only the exporter's thread.
class TreeTransport final : public Transport {
 public:
    /// `fd` stays open as long as the transport exists, and the caller closes it.
    TreeTransport(EventLoop& loop, int fd, const HeldTraces::Limits& limits) : loop_{loop}, fd_{fd}, traces_{limits} {}

    Task<SendOutcome> send(const CallContext& ctx, telemetry::Signal signal, std::string_view request) override;
    void end_round(bool last) override;

 private:
    EventLoop& loop_;
    int fd_;
    HeldTraces traces_;
};

}  // namespace tw::otlp
