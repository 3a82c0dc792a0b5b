#include "kit/simulation/faults.hpp"

#include "kit/simulation/history.hpp"
#include "kit/simulation/run/sequence.hpp"

#include <fmt/format.h>

namespace tw::simulation {

std::uint64_t Faults::draw() { return next_in_sequence(state_); }

std::uint64_t Faults::pick(std::uint64_t below) { return draw() % below; }

Faults::Tries& Faults::tries_of(std::string_view kind, std::string_view place) {
    const auto found = coverage_.find(KindThenPlace::Views{kind, place});
    return found != coverage_.end() ? found->second : coverage_[{std::string{kind}, std::string{place}}];
}

bool Faults::happens(std::string_view kind, std::string_view place, double chance, std::string_view what) {
    if (intensity_ <= 0) return false;
    auto& tries = tries_of(kind, place);
    ++tries.offered;
    if (fraction_of(draw()) >= chance * intensity_) return false;
    const auto number = next_++;
    if (suppressed_.contains(number)) return false;
    ++tries.happened;
    history_.tell([&] { return fmt::format("fault {}: {} at {}{}{}", number, kind, place, what.empty() ? "" : ": ", what); });
    return true;
}

}  // namespace tw::simulation
