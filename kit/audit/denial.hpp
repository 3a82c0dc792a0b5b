#pragma once

#include "kit/async/call_context.hpp"
#include "kit/base/error.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <google/protobuf/struct.pb.h>

namespace tw::audit {

/// A call that was refused because of its caller, as the audit log records it. All texts are
/// printable ASCII (see `printable`) and bounded.
struct Denial {
    std::string actor_kind;
    std::string actor_issuer;
    std::string actor_id;
    std::string actor_roles;
    /// The identity of the module that passed the call on; empty if none did.
    std::string service;
    std::string method;
    std::string address;
    std::string trace_id;
    std::string reason;

    /// Whom the limit of records counts it for.
    const std::string& caller() const { return actor_id.empty() ? address : actor_id; }
};

/// Describes the call of `ctx` to `method`, which `principal` makes, without a reason.
Denial describe_call(const CallContext& ctx, std::string_view method, const Principal& principal);
/// Describes such a call that was refused with `error`.
Denial denial_of(const CallContext& ctx, std::string_view method, const Principal& principal, const Error& error);

/// Writes the message by which denials are sent to the module that records them: first how many
/// others were left out, and then a list of texts for each denial.
google::protobuf::ListValue to_message(std::span<const Denial> denials, std::uint64_t left_out);
/// Reads a denial that was sent. Texts that are missing are empty. Those that are not printable are
/// escaped, and all are cut off where `printable` does it.
Denial denial_from(const google::protobuf::ListValue& sent);

}  // namespace tw::audit
