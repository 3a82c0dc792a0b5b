#pragma once

#include "kit/sql/value.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::sql {

/// A statement's text, the same for all engines. Parameters are $1, $2, …; the dialect is what
/// SQLite and PostgreSQL share. A Statement is a constant with static storage, since drivers find
/// their prepared statements by its address. A text may end in FOR UPDATE or FOR UPDATE SKIP
/// LOCKED. SQLite, where a transaction has the database to itself, runs it without.
struct Statement {
    /// The low-cardinality name for telemetry (`db.query.summary`), such as "INSERT users".
    std::string_view summary;
    std::string_view text;

    /// The table of the one row that the statement writes, for rows that several callers may write
    /// at the same time. `$1`, a text or an integer, names the row, and the statement uses no other
    /// row. Units that share a commit then write their rows in one order, so that two commits never
    /// wait for each other.
    std::string_view row_of{};
    /// Set this for a statement with `row_of` that only adds `$2` and the parameters after it, all
    /// of them integers, to columns of its row. Running the statement with a and then with b must
    /// have the same effect as running it once with a + b, so that units that share a commit may
    /// share one run. The row must exist. Values that are not allowed are refused by a CHECK, not
    /// by a condition in the text. Such a statement runs after all others of its unit, so that its
    /// row is locked as briefly as possible.
    bool adds = false;
};

/// Statements that take effect together or not at all. A Unit is cheap to move.
class Unit {
 public:
    struct Step {
        const Statement* statement;
        std::vector<Value> parameters;
        /// How many rows the statement must change. If it is absent, any number is accepted.
        std::optional<std::int64_t> rows_expected;
    };

    /// Adds a statement that may change any number of rows.
    template <class... Args>
    void add(const Statement& statement, Args&&... parameters) {
        add_values(statement, to_values(std::forward<Args>(parameters)...));
    }
    /// Adds a statement whose parameters are values already.
    void add_values(const Statement& statement, std::vector<Value> parameters) {
        put({&statement, std::move(parameters), std::nullopt});
    }
    /// Adds rows to a table. `many` inserts sql::kRowsMany rows (text.hpp), and `one` a single one.
    /// An error does not say which of the rows was refused.
    void add_rows(const Statement& one, const Statement& many, std::vector<std::vector<Value>> rows);
    /// Adds a statement that must change exactly one row. Otherwise nothing of the unit takes
    /// effect, and it fails with FAILED_PRECONDITION, reason ROWS_UNEXPECTED (see Database::write).
    /// Conditional updates refuse in this way. A statement that `adds` must not be used here.
    template <class... Args>
    void add_one_row(const Statement& statement, Args&&... parameters) {
        add_counted(1, statement, std::forward<Args>(parameters)...);
    }
    /// Adds a statement that must change exactly this many rows, as add_one_row does.
    template <class... Args>
    void add_counted(std::int64_t rows, const Statement& statement, Args&&... parameters) {
        put({&statement, to_values(std::forward<Args>(parameters)...), rows});
    }

    /// The statements in the order in which they run.
    const std::vector<Step>& steps() const { return steps_; }

 private:
    /// For how many steps there is room at first. Most units have no more.
    static constexpr std::size_t kStepsFirst = 8;

    void put(Step step) {
        if (steps_.capacity() == 0) steps_.reserve(kStepsFirst);
        const auto additions = static_cast<std::ptrdiff_t>(additions_);
        if (step.statement->adds) {
            ++additions_;
            steps_.push_back(std::move(step));
        } else {
            steps_.insert(steps_.end() - additions, std::move(step));
        }
    }

    std::vector<Step> steps_;
    /// How many of the steps, at the end, are statements that add.
    std::size_t additions_ = 0;
};

}  // namespace tw::sql
