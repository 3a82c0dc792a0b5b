#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tw::simulation {

using TransactionId = std::uint64_t;

/// What a transaction may do to a row, a key of a unique index, a table or an advisory lock
/// (PostgreSQL manual, "Explicit Locking").
enum class LockMode : std::uint8_t {
    /// Another row refers to the row by a foreign key.
    key_share,
    /// The row is updated, and its key does not change.
    no_key_update,
    /// The row is deleted, inserted or locked FOR UPDATE. Every lock of a key or an advisory lock
    /// has this mode, too.
    update,
    /// Rows of the table are written.
    table_rows,
    /// LOCK TABLE … IN SHARE MODE.
    table_share
};

/// The locks and the transactions that hold them. Locks have texts as names ("stock p1"), and are
/// kept until their transaction ends.
class PostgresLocks {
 public:
    /// Takes a lock. If another transaction prevents that, takes nothing and returns that
    /// transaction.
    std::optional<TransactionId> take(TransactionId transaction, const std::string& name, LockMode mode);
    /// Returns whether `take` would succeed.
    bool is_free(TransactionId transaction, const std::string& name, LockMode mode) const;
    void release(TransactionId transaction);

 private:
    struct Held {
        TransactionId transaction;
        LockMode mode;
    };
    static bool conflict(LockMode one, LockMode other);
    std::optional<TransactionId> in_the_way(TransactionId transaction, const std::string& name, LockMode mode) const;

    std::map<std::string, std::vector<Held>> held_;
    std::map<TransactionId, std::vector<std::string>> names_;
};

}  // namespace tw::simulation
