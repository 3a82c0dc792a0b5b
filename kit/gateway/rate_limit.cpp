#include "kit/gateway/rate_limit.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <string>

#include <fmt/format.h>

namespace tw::gateway {
namespace {

/// The name of the only policy in the RateLimit fields.
constexpr std::string_view kPolicy = "caller-route";

std::int64_t whole_seconds(std::chrono::microseconds time) { return std::chrono::ceil<std::chrono::seconds>(time).count(); }

}  // namespace

ValueTask<Result<void>> RateLimit::before(const CallContext& ctx, rpc::CallInfo& call) {
    const auto key = LimitKey::of(ctx, call);
    if (const auto decision = limiter_.take_now(key.text(), rate_)) return judge(*decision, call);
    return ask_limiter(ctx, call);
}

Task<Result<void>> RateLimit::ask_limiter(const CallContext& ctx, rpc::CallInfo& call) {
    const auto key = LimitKey::of(ctx, call);
    const auto decision = co_await limiter_.take(ctx, key.text(), rate_);
    co_return judge(decision, call);
}

Result<void> RateLimit::judge(const cache::RateDecision& decision, rpc::CallInfo& call) const {
    tell_rate(decision, rate_, call.initial_metadata);
    if (!decision.allowed) return rate_exceeded(decision);
    return {};
}

LimitKey::LimitKey(std::string_view method, std::string_view address) {
    append(method);
    append(' ');
    std::array<unsigned char, 16> bytes{};
    const bool may_be_ipv6 = address.find(':') != std::string_view::npos;
    if (!may_be_ipv6 || ::inet_pton(AF_INET6, std::string{address}.c_str(), bytes.data()) != 1) {
        append(address);
        return;
    }
    std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
    std::array<char, INET6_ADDRSTRLEN> network{};
    append(::inet_ntop(AF_INET6, bytes.data(), network.data(), network.size()));
}

LimitKey::LimitKey(std::string_view method, const Principal& caller) {
    append(method);
    // The sign keeps an id that looks like an address from sharing the address's key.
    append(' ');
    append('=');
    append(caller.id);
    append(' ');
    append(caller.issuer);
}

LimitKey LimitKey::of(const CallContext& ctx, const rpc::CallInfo& call) {
    const auto& caller = call.principal ? *call.principal : ctx.principal();
    if (!caller.id.empty()) return {call.method.path, caller};
    return {call.method.path, ctx.attributes().peer};
}

void LimitKey::append(char part) {
    if (size_ < text_.size()) text_[size_++] = part;
}

void LimitKey::append(std::string_view part) {
    // Names of methods come from the contract and are short. A name that does not fit would share
    // its bucket with others that begin alike.
    const auto size = std::min(part.size(), text_.size() - size_);
    std::memcpy(text_.data() + size_, part.data(), size);
    size_ += size;
}

Error rate_exceeded(const cache::RateDecision& decision) {
    return Error{Code::resource_exhausted, "RATE_LIMITED", "too many requests to this route from this caller; send fewer"}
        .with_retry_after(std::chrono::ceil<std::chrono::milliseconds>(decision.retry_after));
}

void tell_rate(const cache::RateDecision& decision, const cache::Rate& rate, rpc::Metadata& fields) {
    if (decision.allowed && decision.remaining > decision.limit / 2) return;
    const auto window = std::max<std::int64_t>(1, whole_seconds(rate.interval * decision.limit));
    fields.emplace_back("ratelimit-policy", fmt::format("\"{}\";q={};w={}", kPolicy, decision.limit, window));
    fields.emplace_back("ratelimit", fmt::format("\"{}\";r={};t={}", kPolicy, decision.remaining, whole_seconds(decision.reset)));
}

}  // namespace tw::gateway
