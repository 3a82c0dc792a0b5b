#include "kit/simulation/faults.hpp"

#include "kit/simulation/history.hpp"
#include "kit/simulation/run/sequence.hpp"

#include <fmt/format.h>

namespace tw::simulation {

std::uint64_t Faults::draw() { return next_in_sequence(state_); }

std::uint64_t Faults::pick(std::uint64_t below) { return draw() % below; }

Faults::Tries& Faults::tries_of(std::string_view kind, std::string_view place) {
    const auto address = reinterpret_cast<std::uintptr_t>(kind.data()) * 31 + reinterpret_cast<std::uintptr_t>(place.data());
    auto& recent = recent_[(address ^ address >> 8) % recent_.size()];
    if (recent != nullptr && recent->first.first == kind && recent->first.second == place) return recent->second;
    auto found = coverage_.find(KindThenPlace::Views{kind, place});
    if (found == coverage_.end()) {
        found = coverage_.emplace(std::pair{std::string{kind}, std::string{place}}, Tries{}).first;
    }
    recent = &*found;
    return found->second;
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
