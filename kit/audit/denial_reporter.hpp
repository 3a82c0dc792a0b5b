#pragma once

#include "kit/audit/denial.hpp"
#include "kit/audit/note_limit.hpp"
#include "kit/rpc/channel.hpp"
#include "kit/telemetry/background_loop.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tw::audit {

struct DenialReporterOptions {
    std::chrono::milliseconds interval{500};
    /// How many denials may wait for one module. Further ones are left out.
    std::size_t waiting_max = 1'000;
    NoteLimitOptions limit;
};

/// Tells modules of other processes what a gateway has denied, for their audit logs: a gateway has
/// no database. Denials are limited as in an AuditTrail. They are sent in the background a moment
/// later, so no request waits. What a module does not take is sent again later, up to the bound.
///
/// Belongs to one loop. Once started, it must be stopped before it is destroyed.
class DenialReporter {
 public:
    DenialReporter(EventLoop& loop, telemetry::Telemetry telemetry, DenialReporterOptions options = {});

    /// Sends denials of the methods of `service` by `channel`, which outlives the object.
    void report_by(std::string_view service, rpc::Channel& channel);
    void start() { sending_.start(); }
    /// Sends what waits, if the modules take it at once, and ends.
    Task<void> stop();

    /// Notes a call of a method of `service`. Methods of other services are not noted.
    void note(std::string_view service, Denial denial);
    std::size_t waiting() const;

 private:
    struct Waiting {
        std::vector<Denial> denials;
        std::uint64_t left_out = 0;
    };

    Task<telemetry::BackgroundLoop::Next> sending_round(const CallContext& ctx);
    Task<void> send_all(const CallContext& ctx);
    Task<bool> send_part(const CallContext& ctx, rpc::Channel& channel, Waiting& waiting);

    EventLoop& loop_;
    telemetry::Telemetry telemetry_;
    DenialReporterOptions options_;
    NoteLimit limit_;
    std::map<std::string, rpc::Channel*, std::less<>> channels_;
    /// What waits, by the channel that sends it.
    std::map<rpc::Channel*, Waiting> waiting_;
    telemetry::Counter left_out_;
    telemetry::BackgroundLoop sending_;
};

}  // namespace tw::audit
