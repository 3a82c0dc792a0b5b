#include "kit/runtime/issuer_places.hpp"

#include "kit/runtime/callers/loop_auth.hpp"

#include <utility>

namespace tw::runtime {

Result<IssuerPlaces> IssuerPlaces::make(const Config& config, std::span<const ModuleSpec> known, EventLoop& loop,
                                        WorkerPool& workers) {
    // The clock is for tokens of the development issuer, of which there are none here.
    const SystemClock clock;
    const auto process = ProcessAuth::make(config, known, clock);
    if (!process) return process.error();
    IssuerPlaces made{.places = {},
                      .clients = auth::network_clients(loop, (*process)->tls()),
                      .timeout = (*process)->refresh().timeout,
                      .required = (*process)->required()};
    for (const auto& issuer : (*process)->issuers()) {
        made.places.push_back({issuer.rules.issuer, location_of_keys(**process, issuer, loop, workers)});
    }
    return made;
}

}  // namespace tw::runtime
