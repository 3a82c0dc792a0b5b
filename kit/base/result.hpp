#pragma once

#include "kit/base/error.hpp"

#include <expected>

namespace tw {

/// A value, or the Error that stands in its place. Functions return outcomes this way; an exception
/// means a bug or a failed start.
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
    using Outcome = std::expected<T, Error>;

 public:
    using Outcome::Outcome;
    Result(Error error) : Outcome{std::unexpect, std::move(error)} {}
    Result(Outcome outcome) : Outcome{std::move(outcome)} {}
};

}  // namespace tw
