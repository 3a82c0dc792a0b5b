#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tw::simulation {

using TransactionId = std::uint64_t;

/// What a transaction may do to a row, a key of a unique index, a table or an advisory lock (PostgreSQL manual, "Explicit
/// Locking").
enum class LockMode : std::uint8_t {
    /// Another row refers to it by a foreign key.
    key_share,
    /// It is updated, and its key stays.
    no_key_update,
    /// It is deleted, inserted or locked FOR UPDATE; and every lock of a key or an advisory lock.
    update,
    /// Rows of the table are written.
    table_rows,
    /// LOCK TABLE … IN SHARE MODE.
    table_share
};

/// Who has locked what. Locks are named by texts ("stock p1"), and kept until their transaction ends.
class PostgresLocks {
 public:
    /// Takes a lock. Another transaction that is in its way, where there is one; nothing is taken then.
    std::optional<TransactionId> take(TransactionId transaction, const std::string& name, LockMode mode);
    /// Whether `take` would find nobody in its way.
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
