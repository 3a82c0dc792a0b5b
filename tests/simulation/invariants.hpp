#pragma once

#include "tests/simulation/books.hpp"
#include "tests/simulation/journal.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tw::shop {

/// What holds at any moment, also in the middle of everything.
std::vector<std::string> always_broken(const Books& books);

/// What holds once nobody asks for anything any more and everything has had time to settle; `now_micros` is the wall clock.
/// Written against what clients were told.
std::vector<std::string> finally_broken(const Books& books, const Journal& journal, std::int64_t now_micros);

}  // namespace tw::shop
