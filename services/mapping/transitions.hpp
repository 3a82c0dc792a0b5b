#pragma once

#include "kit/base/error.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace tw {

/// One change of status that an entity may make. A service lists all of them in a table
/// (`std::array`) per entity; what is not listed is refused.
template <class Status, class Event>
struct Transition {
    Status from;
    Event event;
    Status to;
};

/// Makes a transition for entities that have no events: the caller names the status that it wants.
template <class Status>
constexpr Transition<Status, Status> becomes(Status from, Status to) {
    return {.from = from, .event = to, .to = to};
}

/// Returns the status that follows, or nothing where the table does not list `event` for `status`.
template <class Status, class Event, std::size_t kCount>
constexpr std::optional<Status> find_next(const std::array<Transition<Status, Event>, kCount>& table, Status status,
                                          Event event) {
    for (const auto& transition : table) {
        if (transition.from == status && transition.event == event) return transition.to;
    }
    return std::nullopt;
}

/// Makes FAILED_PRECONDITION, reason ILLEGAL_TRANSITION: `entity` ("an order") has a status that
/// does not allow the change. `refusal` completes the sentence about it.
Error illegal_transition(std::string_view entity, std::string_view status, std::string_view refusal = "does not allow this");

}  // namespace tw
