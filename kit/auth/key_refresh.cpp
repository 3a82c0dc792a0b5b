#include "kit/auth/key_refresh.hpp"

namespace tw::auth {

Result<void> KeyRefreshOptions::validate() const {
    using namespace std::chrono_literals;
    std::vector<Violation> violations;
    const auto require = [&](bool holds, const char* pointer, const char* detail) {
        if (!holds) violations.push_back({pointer, detail});
    };
    require(period >= 1s, "/period", "must be at least 1 s");
    require(age_max >= period + period / 5, "/age_max", "must be at least the period and a fifth");
    require(unknown_pause >= 1s, "/unknown_pause", "must be at least 1 s");
    require(retry_first >= 1ms, "/retry_first", "must be at least 1 ms");
    require(retry_last >= retry_first, "/retry_last", "must be at least retry_first");
    require(timeout >= 1ms, "/timeout", "must be at least 1 ms");
    if (violations.empty()) return {};
    return invalid(std::move(violations));
}

}  // namespace tw::auth
