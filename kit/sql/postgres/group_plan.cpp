#include "kit/sql/postgres/group_plan.hpp"

#include <algorithm>
#include <compare>
#include <utility>
#include <variant>

namespace tw::sql::pg {
namespace {

/// The name of a row: its table and the first parameter of the statement that writes it.
struct RowName {
    std::string_view table;
    const Value* row = nullptr;

    explicit RowName(const Statement& statement, std::span<const Value> parameters)
        : table{parameters.empty() ? std::string_view{} : statement.row_of}, row{parameters.empty() ? nullptr : &parameters[0]} {}

    std::strong_ordering operator<=>(const RowName& other) const {
        if (const auto tables = table <=> other.table; tables != 0) return tables;
        if (const auto kinds = row->index() <=> other.row->index(); kinds != 0) return kinds;
        if (const auto* text = std::get_if<std::string>(row)) return *text <=> std::get<std::string>(*other.row);
        if (const auto* number = std::get_if<std::int64_t>(row)) return *number <=> std::get<std::int64_t>(*other.row);
        return std::strong_ordering::equal;
    }
    bool operator==(const RowName& other) const { return (*this <=> other) == 0; }
};

bool names_row(const Unit::Step& step) { return !step.statement->row_of.empty() && !step.parameters.empty(); }

RowName row_of(const Unit::Step& step) { return RowName{*step.statement, step.parameters}; }
RowName row_of(const PlannedStep& step) { return RowName{*step.statement, step.parameters}; }

/// Returns the unit's first step that writes a named row and does not only add to it.
const Unit::Step* first_named(const Unit& unit) {
    const auto found =
        std::ranges::find_if(unit.steps(), [](const auto& step) { return names_row(step) && !step.statement->adds; });
    return found == unit.steps().end() ? nullptr : &*found;
}

/// Returns the indexes of the units in the order in which their statements run. Units that name no
/// row come first.
std::vector<std::size_t> order_of(std::span<const Unit* const> units) {
    if (units.size() == 1) return {0};
    std::vector<std::pair<const Unit::Step*, std::size_t>> firsts;
    firsts.reserve(units.size());
    for (std::size_t i = 0; i < units.size(); ++i) firsts.emplace_back(first_named(*units[i]), i);
    std::ranges::stable_sort(firsts, [](const auto& one, const auto& other) {
        if (one.first == nullptr || other.first == nullptr) return one.first == nullptr && other.first != nullptr;
        return row_of(*one.first) < row_of(*other.first);
    });
    std::vector<std::size_t> order;
    order.reserve(units.size());
    for (const auto& [first, place] : firsts) order.push_back(place);
    return order;
}

/// Returns the sums of the numbers after `$1`, or nothing if they are not integers or a sum is too
/// large.
std::optional<std::vector<Value>> sums_of(std::span<const Value> some, std::span<const Value> more) {
    if (some.size() != more.size()) return std::nullopt;
    std::vector<Value> sums{some.begin(), some.end()};
    for (std::size_t i = 1; i < sums.size(); ++i) {
        auto* sum = std::get_if<std::int64_t>(&sums[i]);
        const auto* addend = std::get_if<std::int64_t>(&more[i]);
        if (sum == nullptr || addend == nullptr || __builtin_add_overflow(*sum, *addend, sum)) return std::nullopt;
    }
    return sums;
}

}  // namespace

GroupPlan::GroupPlan(std::span<const Unit* const> units) {
    add_statements(units);
    add_additions(units);
}

void GroupPlan::add_statements(std::span<const Unit* const> units) {
    std::size_t count = 0;
    for (const auto* const unit : units) count += unit->steps().size();
    statements_.reserve(count);
    boost::container::small_vector<std::size_t, 8> named;
    for (const auto place : order_of(units)) {
        for (const auto& step : units[place]->steps()) {
            if (step.statement->adds) continue;
            if (step.rows_expected) counts_rows_ = true;
            if (names_row(step)) named.push_back(statements_.size());
            statements_.push_back({step.statement, step.parameters, step.rows_expected, {place}});
        }
    }
    // Statements of the same row stay in their order.
    std::ranges::sort(named, [this](auto one, auto other) {
        const auto rows = row_of(statements_[one]) <=> row_of(statements_[other]);
        return rows != 0 ? rows < 0 : one < other;
    });
    const auto same_row = [this](std::size_t one, std::size_t other) {
        const auto& a = statements_[one];
        const auto& b = statements_[other];
        return a.units != b.units && row_of(a) == row_of(b);
    };
    for (std::size_t i = 0; i < named.size(); ++i) {
        const bool shared =
            (i > 0 && same_row(named[i - 1], named[i])) || (i + 1 < named.size() && same_row(named[i], named[i + 1]));
        statements_[named[i]].alone_at_row = !shared;
    }
}

void GroupPlan::add_additions(std::span<const Unit* const> units) {
    boost::container::small_vector<std::pair<std::size_t, const Unit::Step*>, 8> steps;
    for (std::size_t i = 0; i < units.size(); ++i) {
        for (const auto& step : units[i]->steps()) {
            if (step.statement->adds) steps.emplace_back(i, &step);
        }
    }
    // Equal steps stay in the order of units, and of steps in a unit.
    std::ranges::sort(steps, [](const auto& one, const auto& other) {
        if (const auto rows = row_of(*one.second) <=> row_of(*other.second); rows != 0) return rows < 0;
        if (const auto texts = one.second->statement->text <=> other.second->statement->text; texts != 0) return texts < 0;
        return one < other;
    });
    for (const auto& [unit, step] : steps) {
        const bool same_row = !additions_.empty() && row_of(additions_.back()) == row_of(*step);
        if (same_row && joins(additions_.back(), unit, *step)) continue;
        additions_.push_back({step->statement, step->parameters, std::nullopt, {unit}, !same_row});
        if (same_row) additions_[additions_.size() - 2].alone_at_row = false;
    }
}

/// Joins a step to an addition, so that both are one statement. Returns false if that is not
/// possible.
bool GroupPlan::joins(PlannedStep& addition, std::size_t unit, const Unit::Step& step) {
    if (addition.statement != step.statement) return false;
    auto sums = sums_of(addition.parameters, step.parameters);
    if (!sums) return false;
    addition.parameters = sums_.emplace_back(std::move(*sums));
    if (addition.units.back() != unit) {
        addition.units.push_back(unit);
        addition.alone_at_row = false;
    }
    return true;
}

}  // namespace tw::sql::pg
