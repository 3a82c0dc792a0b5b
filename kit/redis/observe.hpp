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

/// One command under way: its client span of the telemetry contract, and its duration when it goes.
class [[nodiscard]] Operation {
 public:
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;
    ~Operation();

    const CallContext& context() const { return span_.context(); }
    /// `status`: the first word of the server's error, where it was the server's.
    void fail(const Error& error, std::string_view status = {});

 private:
    friend Observer;
    /// What all commands of one name have in common.
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

/// Watches the commands of one client. Outlives its operations. No key and no value is ever shown.
class Observer {
 public:
    Observer(telemetry::Telemetry telemetry, const Settings& settings)
        : telemetry_{telemetry}, address_{settings.address}, name_space_{std::to_string(settings.database)} {}

    /// `command` is a constant.
    Operation begin(const CallContext& ctx, std::string_view command);

 private:
    friend Operation;
    Operation::Kind& kind_of(std::string_view command);
    telemetry::Histogram bind(std::string_view command, Code code);

    telemetry::Telemetry telemetry_;
    net::Address address_;
    std::string name_space_;
    /// Nodes, which stay where they are.
    std::unordered_map<std::string_view, Operation::Kind> kinds_;
};

}  // namespace tw::redis
