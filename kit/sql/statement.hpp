#pragma once

#include "kit/sql/value.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::sql {

/// A statement's text, once for all engines: parameters are $1, $2, …; the dialect is what SQLite and PostgreSQL share.
/// A constant with static storage: drivers key their prepared statements by its address. A text may end in FOR UPDATE or
/// FOR UPDATE SKIP LOCKED; SQLite, where a transaction has the database to itself, runs it without.
struct Statement {
    /// The low-cardinality name for telemetry (`db.query.summary`): "INSERT users".
    std::string_view summary;
    std::string_view text;
};

/// Statements that take effect together or not at all. Cheap to move.
class Unit {
 public:
    struct Step {
        const Statement* statement;
        std::vector<Value> parameters;
        /// How many rows the statement must change; any number when absent.
        std::optional<std::int64_t> rows_expected;
    };

    /// Adds a statement that may change any number of rows.
    template <class... Args>
    void add(const Statement& statement, Args&&... parameters) {
        steps_.push_back({&statement, to_values(std::forward<Args>(parameters)...), std::nullopt});
    }
    /// Adds a statement that must change exactly one row: otherwise nothing of the unit takes effect, and it fails with
    /// FAILED_PRECONDITION, reason ROWS_UNEXPECTED (see Database::write). That is how a conditional update refuses.
    template <class... Args>
    void add_one_row(const Statement& statement, Args&&... parameters) {
        steps_.push_back({&statement, to_values(std::forward<Args>(parameters)...), 1});
    }

    const std::vector<Step>& steps() const { return steps_; }

 private:
    std::vector<Step> steps_;
};

}  // namespace tw::sql
