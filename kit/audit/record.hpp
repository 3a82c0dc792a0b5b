#pragma once

#include "kit/base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw::audit {

/// What became of a call.
enum class Outcome : std::uint8_t {
    ok,         ///< it changed something; the record was committed with the change
    unchanged,  ///< it succeeded and wrote nothing, such as a repeated call
    refused,    ///< it failed
    denied,     ///< its caller was not known, or was not allowed to call
    left_out,   ///< so many records of failed calls came that some were left out
    removed,    ///< records were removed because of their age
};
std::string_view outcome_name(Outcome outcome);
std::optional<Outcome> parse_outcome(std::string_view name);

/// One line of the audit log: who did what, to which objects, and what became of it. It contains
/// ids and no content. All texts are printable ASCII (see `printable`).
struct Record {
    std::string id;
    Timestamp at;
    /// The module that keeps the record.
    std::string module;
    /// "anonymous", "user", "service", "operator" or "system".
    std::string actor_kind;
    std::string actor_issuer;
    std::string actor_id;
    /// Separated by commas.
    std::string actor_roles;
    /// The identity of the module that passed the call on; empty if none did.
    std::string service;
    /// Such as "/order.OrderService/CancelOrder".
    std::string method;
    /// Such as "order=0198… user=0198…".
    std::string objects;
    /// The address that the call came from, without a port.
    std::string address;
    /// 32 hexadecimal digits; empty outside of a trace.
    std::string trace_id;
    Outcome outcome = Outcome::ok;
    /// The reason of the error; empty if there was none.
    std::string reason;
};

/// The place of a sealed record in the chain of its module.
struct Seal {
    /// Counts from 1.
    std::int64_t position = 0;
    /// 64 hexadecimal digits in lower case.
    std::string hash;
    bool operator==(const Seal&) const = default;
};

struct SealedRecord {
    Record record;
    Seal seal;
};

/// The seal before the first record: position 0, and a hash of zeros.
Seal origin();

/// Returns the seal of the record that follows `previous`. Its hash is the SHA-256 of this text:
/// "tw-audit-1", the module, the position, the previous hash, and the other members of the
/// record in their order. Each part is written as a netstring ("5:hello,"), so that no two records
/// have the same text.
Seal seal_after(const Seal& previous, const Record& record);

/// Returns `text` with all bytes escaped (%2F) that are not printable ASCII, and with spaces and
/// percent signs escaped. It is cut off after `bytes_max` bytes.
std::string printable(std::string_view text, std::size_t bytes_max = 255);

}  // namespace tw::audit
