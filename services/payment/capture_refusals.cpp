#include "services/payment/capture_refusals.hpp"

#include "services/payment/payment.hpp"

#include <algorithm>

namespace tw::payment {

std::string capture_key(const CallContext& ctx) {
    constexpr std::size_t kKeyDigits = 32;
    const auto& key = ctx.attributes().idempotency_key;
    if (key.empty()) return {};
    const auto& principal = ctx.principal();
    std::string name{principal.kind == Principal::Kind::user ? principal.id : std::string{}};
    name.append("\n").append(key);
    return token_hash(name).substr(0, kKeyDigits);
}

std::optional<std::string> find_refusal(std::string_view refusals, std::string_view key) {
    while (!key.empty() && !refusals.empty()) {
        const auto line = refusals.substr(0, refusals.find('\n'));
        if (line.starts_with(key) && line.substr(key.size()).starts_with(' ')) return std::string{line.substr(key.size() + 1)};
        refusals.remove_prefix(std::min(line.size() + 1, refusals.size()));
    }
    return std::nullopt;
}

std::string with_refusal(std::string refusals, std::string_view key, std::string_view refusal) {
    if (key.empty()) return refusals;
    std::string line{refusal};
    std::ranges::replace(line, '\n', ' ');
    refusals.append(key).append(" ").append(line).append("\n");
    const auto lines = static_cast<std::size_t>(std::ranges::count(refusals, '\n'));
    if (lines > kCaptureRefusalsMax) refusals.erase(0, refusals.find('\n') + 1);
    return refusals;
}

}  // namespace tw::payment
