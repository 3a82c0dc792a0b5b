#include "kit/otlp/tap.hpp"

namespace tw::otlp {

void Tap::listen(Listener listener) {
    const std::lock_guard lock{mutex_};
    listener_ = std::move(listener);
    if (!listener_) return;
    listened_ = true;
    for (const auto& [signal, request] : early_) listener_(signal, request, 0);
    early_ = {};
}

void Tap::pass_on(telemetry::Signal signal, std::string_view request, std::uint64_t lost) {
    const std::lock_guard lock{mutex_};
    if (listener_) return listener_(signal, request, lost);
    if (listened_ || early_bytes_ + request.size() > kEarlyBytesMax) return;
    early_bytes_ += request.size();
    early_.emplace_back(signal, request);
}

}  // namespace tw::otlp
