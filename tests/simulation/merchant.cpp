#include "tests/simulation/merchant.hpp"

namespace tw::shop {

Task<bool> Merchant::act(std::size_t at) {
    const auto choice = street().simulation.choose(8);
    const auto& status = order(at).status;
    // An order that is authorised, and not paid yet, can still be canceled, and gives its stock back.
    const bool authorised = order(at).payment_status == "authorized";
    const std::uint64_t fulfils_below = authorised ? 3 : 5;
    const bool fulfils = status == "confirmed" ? choice < fulfils_below : choice == 0;
    const bool completes = status == "fulfilled" ? choice < 6 : choice == 1;
    const bool cancels = status == "confirmed" && choice >= fulfils_below && choice <= 5;
    if (fulfils) return calls().fulfil(at);
    if (completes) return calls().complete(at);
    if (cancels) return calls().cancel(at);
    return choice == 7 ? calls().look_at_timeline(at) : calls().look(at);
}

}  // namespace tw::shop
