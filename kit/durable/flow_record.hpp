#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw::durable {

enum class State : std::uint8_t {
    running,   ///< a replica runs it, or did until its lease ends
    waiting,   ///< for a time, a signal or the next attempt of a step
    parked,    ///< it cannot go on until somebody looks at it
    done,      ///< it has a result, which may be an error
    canceled,  ///< an operator has ended it where it was
};

std::string_view state_name(State state);
std::optional<State> parse_state(std::string_view name);

/// A flow as it is stored.
struct FlowRecord {
    std::string id;
    std::string kind;
    std::int64_t version = 1;
    State state = State::running;
    std::optional<Timestamp> due_at;
    std::int64_t fence = 0;
    /// Which replica took the flow last, for people.
    std::string owner;
    /// How often the step at which the flow is has failed.
    std::int64_t attempts = 0;
    /// How many signals have come.
    std::int64_t signals = 0;
    /// Empty when the flow has ended.
    std::string input;
    std::string result;
    /// The result if it is an error, or why the flow waits or is parked.
    std::optional<Error> error;
    /// The trace of the request that started the flow; empty if there was none.
    std::string traceparent;
    Timestamp created_at;
    std::optional<Timestamp> done_at;
};

/// The name of the step that is stored when an operator cancels a flow.
inline constexpr std::string_view kCanceledStep = "canceled by an operator";
/// The position of this step. It is behind all steps of the flow, and before those that undo them.
inline constexpr std::int64_t kCanceledPosition = 1'000'000'000;

/// A step that has answered.
struct StepRecord {
    std::string name;
    std::int64_t position = 0;
    Result<std::string> answer;
    Timestamp created_at;
};

}  // namespace tw::durable
