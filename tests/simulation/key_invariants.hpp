#pragma once

#include "tests/simulation/books.hpp"
#include "tests/simulation/journal.hpp"

#include <string>
#include <vector>

namespace tw::shop {

/// What is wrong with the stored idempotency keys, once all has settled. A key is stored exactly with the effect of its request
/// and with the answer that the client got.
std::vector<std::string> broken_keys(const Books& books, const Journal& journal);

}  // namespace tw::shop
