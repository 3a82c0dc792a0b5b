#pragma once

#include "kit/audit/audit_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw::audit {

/// What is wrong with a chain.
enum class Fault : std::uint8_t {
    changed,    ///< the record is not what was sealed, or its hash was changed
    missing,    ///< there is no record at the position
    reordered,  ///< the record was sealed at another position
    anchor,     ///< the front of the chain was removed, and no record says so
    head,       ///< the chain ends otherwise than its row says
    known,      ///< a record differs from the one that a head kept elsewhere names
};
std::string_view fault_name(Fault fault);

/// What the check of a module's chain has found.
struct ChainReport {
    /// The first fault and its position; nothing if the chain is whole.
    struct Broken {
        Fault fault;
        std::int64_t position;

        bool operator==(const Broken&) const = default;
    };
    std::optional<Broken> broken;
    /// How many sealed records were read.
    std::int64_t records = 0;
    std::int64_t unsealed = 0;
    /// The last record that was removed because of its age, and the last record of the chain.
    Seal removed = origin();
    Seal head = origin();
    /// When the oldest record was made; nothing if there is none.
    std::optional<Timestamp> oldest;
};

/// Reads the whole chain of a module, in parts, and checks each record. Records may be added,
/// sealed and removed meanwhile: what looks like a fault is read again before it is reported.
/// `known` is a head that an earlier check gave and that was kept elsewhere: whoever can write all
/// rows can also compute all hashes again, and only a head out of his reach shows that.
Task<Result<ChainReport>> check_chain(const CallContext& ctx, AuditStore& store, std::string module,
                                      std::optional<Seal> known = std::nullopt);

}  // namespace tw::audit
