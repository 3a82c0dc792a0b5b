#include "kit/audit/denial.hpp"

#include "kit/audit/record.hpp"
#include "kit/base/encoding.hpp"
#include "kit/net/address.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tw::audit {
namespace {

constexpr std::size_t kAddressBytesMax = 64;
constexpr std::size_t kDenialTextBytesMax = 255;

std::string_view kind_name(Principal::Kind kind) {
    switch (kind) {
        case Principal::Kind::anonymous:
            return "anonymous";
        case Principal::Kind::user:
            return "user";
        case Principal::Kind::service:
            return "service";
        case Principal::Kind::operator_:
            return "operator";
    }
    return "anonymous";
}

/// The members that are sent, in this order; new ones come last. `service` is not: whoever receives
/// a denial knows who has sent it.
constexpr std::array kMembers{&Denial::actor_kind, &Denial::actor_issuer, &Denial::actor_id, &Denial::actor_roles,
                              &Denial::method,     &Denial::address,      &Denial::trace_id, &Denial::reason};

/// Returns the host of a peer, which has a port at gRPC ports and none at HTTP ports.
std::string host_of(const std::string& peer) {
    if (peer.find(':') == std::string::npos) return printable(peer, kAddressBytesMax);
    const auto address = net::Address::parse(peer);
    return printable(address ? address->host : peer, kAddressBytesMax);
}

std::string roles_of(const Principal& principal) {
    std::string roles;
    for (const auto& role : principal.roles) {
        if (!roles.empty()) roles += ',';
        roles += printable(role);
    }
    return printable(roles);
}

std::string trace_id_text(const TraceContext& trace) {
    if (!trace.valid()) return {};
    std::string hex(2 * trace.trace_id.size(), '\0');
    write_hex(trace.trace_id, hex.data());
    return hex;
}

/// Returns a text as it was sent, or made printable if it is not.
std::string received(const std::string& text) {
    const bool fine = text.size() <= kDenialTextBytesMax && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
    return fine ? text : printable(text);
}

}  // namespace

Denial describe_call(const CallContext& ctx, std::string_view method, const Principal& principal) {
    return {.actor_kind = std::string{kind_name(principal.kind)},
            .actor_issuer = printable(principal.issuer),
            .actor_id = printable(principal.id),
            .actor_roles = roles_of(principal),
            .service = printable(ctx.attributes().peer_identity),
            .method = std::string{method},
            .address = host_of(ctx.attributes().peer),
            .trace_id = trace_id_text(ctx.trace()),
            .reason = {}};
}

Denial denial_of(const CallContext& ctx, std::string_view method, const Principal& principal, const Error& error) {
    auto denial = describe_call(ctx, method, principal);
    denial.reason = printable(error.reason());
    return denial;
}

google::protobuf::ListValue to_message(std::span<const Denial> denials, std::uint64_t left_out) {
    google::protobuf::ListValue message;
    message.add_values()->set_number_value(static_cast<double>(left_out));
    for (const auto& denial : denials) {
        auto& texts = *message.add_values()->mutable_list_value();
        for (const auto member : kMembers) texts.add_values()->set_string_value(denial.*member);
    }
    return message;
}

Denial denial_from(const google::protobuf::ListValue& sent) {
    Denial denial;
    const auto count = std::min<std::size_t>(kMembers.size(), static_cast<std::size_t>(sent.values_size()));
    for (std::size_t i = 0; i < count; ++i) denial.*kMembers[i] = received(sent.values(static_cast<int>(i)).string_value());
    return denial;
}

}  // namespace tw::audit
