#pragma once

#include "kit/async/call_context.hpp"
#include "kit/base/error.hpp"
#include "kit/redis/settings.hpp"
#include "kit/telemetry/fixed_attributes.hpp"
#include "kit/telemetry/outcome_histogram.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <string>
#include <string_view>
#include <unordered_map>

namespace tw::redis {

class Observer;

/// One command under way. It makes the client span of the telemetry contract and records the
/// duration when it is destroyed.
class [[nodiscard]] Operation {
 public:
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;
    ~Operation();

    const CallContext& context() const { return span_.context(); }
    /// Records a failure. `status` is the first word of the server's error reply; it is empty if
    /// the error is not the server's.
    void fail(const Error& error, std::string_view status = {});

 private:
    friend Observer;
    /// What all commands of one name share.
    struct Kind {
        std::string_view command;
        telemetry::FixedAttributes span_attributes;
        telemetry::OutcomeHistogram durations;
    };
    Operation(Observer& observer, telemetry::Span span, Kind& kind);

    Observer& observer_;
    telemetry::Span span_;
    Kind& kind_;
    SteadyTime started_;
    Code code_ = Code::ok;
};

/// Makes spans and metrics for the commands of one client. It outlives its operations. Keys and
/// values are never shown.
class Observer {
 public:
    Observer(telemetry::Telemetry telemetry, const Settings& settings)
        : telemetry_{telemetry}, address_{settings.address}, name_space_{std::to_string(settings.database)} {}

    /// Begins an operation. `command` is a constant with static storage.
    Operation begin(const CallContext& ctx, std::string_view command);

 private:
    friend Operation;
    Operation::Kind& kind_of(std::string_view command);
    telemetry::Histogram bind(std::string_view command, Code code);

    telemetry::Telemetry telemetry_;
    net::Address address_;
    std::string name_space_;
    /// The nodes of this map keep their addresses, so operations may refer to them.
    std::unordered_map<std::string_view, Operation::Kind> kinds_;
};

}  // namespace tw::redis
