#include "services/console/endpoints/intake.hpp"

#include "kit/async/one_shot.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace tw::console {

Task<Result<Accepted>> store(Archive& archive, EventLoop& loop, telemetry::Signal signal, std::string request) {
    const auto outcome = std::make_shared<std::optional<Result<Accepted>>>();
    OneShot<bool> stored;
    archive.add(signal, std::move(request), [&loop, &stored, outcome](Result<Accepted> accepted) {
        outcome->emplace(std::move(accepted));
        loop.post([&stored] { stored.set(true); });
    });
    co_await stored;
    co_return std::move(**outcome);
}

}  // namespace tw::console
