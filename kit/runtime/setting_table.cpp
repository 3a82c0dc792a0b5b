#include "kit/runtime/setting_table.hpp"

#include <stdexcept>

namespace tw::runtime {

std::chrono::milliseconds duration_of(std::int64_t number, Unit unit) {
    switch (unit) {
        case Unit::milliseconds:
            return std::chrono::milliseconds{number};
        case Unit::seconds:
            return std::chrono::seconds{number};
        case Unit::minutes:
            return std::chrono::minutes{number};
        case Unit::count:
        case Unit::percent:
        case Unit::bytes:
            break;
    }
    throw std::logic_error{"a duration needs a unit of time"};
}

std::int64_t number_of(std::chrono::milliseconds duration, Unit unit) { return duration / duration_of(1, unit); }

}  // namespace tw::runtime
