#pragma once

#include "kit/sql/statement.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <boost/container/small_vector.hpp>

namespace tw::sql::pg {

/// One statement of the transaction that several units share.
struct PlannedStep {
    const Statement* statement;
    /// The parameters, which are stored in the unit or in the plan.
    std::span<const Value> parameters;
    std::optional<std::int64_t> rows_expected;
    /// The indexes in the group of the units that the statement runs for: one, or several that add
    /// to the same row.
    boost::container::small_vector<std::size_t, 1> units;
    /// Whether no other unit of the group writes the row, so that a refusal does not depend on the
    /// others.
    bool alone_at_row = false;
};

/// The order in which the statements of a group of units run. All groups, from any loop or process,
/// lock the rows that statements name (Statement::row_of) in the same order, so that no two of them
/// wait for each other. Rows that many units add to come last, each once: their locks are held for
/// little longer than the COMMIT takes. The class does no I/O.
///
/// A unit that names several rows in its other statements must name them in the order of table and
/// row.
class GroupPlan {
 public:
    /// The units must outlive the plan.
    explicit GroupPlan(std::span<const Unit* const> units);
    GroupPlan(const GroupPlan&) = delete;
    GroupPlan& operator=(const GroupPlan&) = delete;

    /// All statements but the additions, unit by unit.
    const std::vector<PlannedStep>& statements() const { return statements_; }
    /// The additions, one for each row.
    const std::vector<PlannedStep>& additions() const { return additions_; }
    /// Whether a statement must change a certain number of rows.
    bool counts_rows() const { return counts_rows_; }

 private:
    void add_statements(std::span<const Unit* const> units);
    void add_additions(std::span<const Unit* const> units);
    bool joins(PlannedStep& addition, std::size_t unit, const Unit::Step& step);

    std::vector<PlannedStep> statements_;
    std::vector<PlannedStep> additions_;
    /// The parameters of the additions that several units share. The values stay where they are
    /// when this list grows.
    std::vector<std::vector<Value>> sums_;
    bool counts_rows_ = false;
};

}  // namespace tw::sql::pg
