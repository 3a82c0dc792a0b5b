#include "kit/auth/calls/call_refusal.hpp"

#include "kit/auth/challenge.hpp"
#include "kit/net/address.hpp"

#include <string>

namespace tw::auth {
namespace {

/// The host of a peer, which has a port at gRPC ports and none at HTTP ports.
std::string host_of_peer(const std::string& peer) {
    auto address = net::Address::parse(peer);
    return address ? std::move(address->host) : peer;
}

}  // namespace

void report_refusal(const telemetry::Logger& log, const CallContext& ctx, rpc::CallInfo& call, std::string_view event,
                    const Error& error, std::string_view why) {
    call.trailing_metadata.emplace_back(kChallengeField, challenge_of(error));
    if (!log.enabled(telemetry::Severity::info)) return;
    log.limited(telemetry::Severity::info, event,
                {{"error.type", error.reason()},
                 {"error.message", why},
                 {"rpc.method", call.method.path},
                 {"client.address", host_of_peer(ctx.attributes().peer)}},
                "A call of " + std::string{call.method.path} + " was refused: " + std::string{why} + ".");
}

}  // namespace tw::auth
