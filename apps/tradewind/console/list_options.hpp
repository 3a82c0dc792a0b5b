#pragma once

#include "apps/tradewind/console/console_client.hpp"
#include "kit/base/clock.hpp"

#include <cstdint>
#include <string>

namespace tw::app {

/// What `logs` and `traces` were asked for.
struct ListOptions {
    std::string query;
    /// Microseconds since 1970; 0 where there is no bound.
    std::int64_t from_us = 0;
    std::int64_t to_us = 0;
    std::size_t limit = 0;
    bool follow = false;
    bool json = false;
};

/// Reads the arguments. Fails with the exit code of wrong usage.
Outcome<ListOptions> read_list_options(const cli::Arguments& arguments, Timestamp now);

}  // namespace tw::app
