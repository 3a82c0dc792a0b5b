#include "services/console/query.hpp"

#include "kit/base/json_text.hpp"
#include "services/console/query/compile.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tw::console {

struct Query::Compiled {
    /// Each list has cheap terms first.
    std::vector<Term> positive;
    std::vector<Term> negative;
    /// Terms of the trace as a whole, positive and negative ones.
    std::vector<Term> of_trace;
    /// They point into `positive` and `of_trace`.
    std::vector<Exact> exact;
    /// They point into `positive`.
    std::vector<std::string_view> texts;
};

namespace {

/// An index has a value as the text of value_text. A number that is written otherwise, such as
/// "0500", equals values that the index has under another text.
bool is_index_text(const Alternative& alternative) {
    const auto& number = alternative.number;
    if (!number) return true;
    if (number->integer) return fmt::to_string(*number->integer) == *alternative.pattern.exact();
    return value_text({.value = number->value}) == *alternative.pattern.exact();
}

void sort_by_cost(std::vector<Term>& terms) { std::ranges::stable_sort(terms, {}, &Term::field); }

bool names_exact_value(const Term& term) {
    if (term.negative || term.comparison != Comparison::equal || term.alternatives.size() != 1) return false;
    const auto& only = term.alternatives.front();
    return !term.written_key.empty() && only.pattern.exact() != nullptr && is_index_text(only);
}

}  // namespace

Result<Query> Query::parse(std::string_view text) {
    auto terms = compile_query(text);
    if (!terms) return std::move(terms).error();
    auto compiled = std::make_shared<Compiled>();
    for (auto& term : *terms) {
        auto& list = term.of_trace() ? compiled->of_trace : term.negative ? compiled->negative : compiled->positive;
        list.push_back(std::move(term));
    }
    sort_by_cost(compiled->positive);
    sort_by_cost(compiled->negative);
    for (const auto* list : {&compiled->positive, &compiled->of_trace}) {
        for (const auto& term : *list) {
            if (names_exact_value(term))
                compiled->exact.push_back({term.written_key, *term.alternatives.front().pattern.exact()});
        }
    }
    for (const auto& term : compiled->positive) {
        if (term.field != Field::text || term.alternatives.size() != 1) continue;
        for (const auto& part : term.alternatives.front().pattern.parts()) {
            if (!part.empty()) compiled->texts.push_back(part);
        }
    }
    Query query;
    query.compiled_ = std::move(compiled);
    return query;
}

Query::Query() : compiled_{std::make_shared<const Compiled>()} {}
Query::Query(const Query&) = default;
Query::Query(Query&&) noexcept = default;
Query& Query::operator=(const Query&) = default;
Query& Query::operator=(Query&&) noexcept = default;
Query::~Query() = default;

bool Query::matches_all() const {
    return compiled_->positive.empty() && compiled_->negative.empty() && compiled_->of_trace.empty();
}

bool Query::matches(std::span<const SpanRecord> trace) const {
    const auto& [positive, negative, of_trace, exact, texts] = *compiled_;
    for (const auto& term : of_trace) {
        if (holds_for_trace(term, trace) == term.negative) return false;
    }
    const auto has_none_of = [&](const SpanRecord& span) {
        return std::ranges::none_of(negative, [&](const Term& term) { return holds(term, span); });
    };
    const auto has_all_of = [&](const SpanRecord& span) {
        return std::ranges::all_of(positive, [&](const Term& term) { return holds(term, span); });
    };
    if (!positive.empty() && std::ranges::none_of(trace, has_all_of)) return false;
    return negative.empty() || std::ranges::all_of(trace, has_none_of);
}

bool Query::matches(const LogEntry& log) const {
    // A record belongs to no trace that could be looked at.
    const auto holds_as_said = [&](const Term& term) { return (!term.of_trace() && holds(term, log)) != term.negative; };
    return std::ranges::all_of(compiled_->positive, holds_as_said) && std::ranges::all_of(compiled_->negative, holds_as_said) &&
           std::ranges::all_of(compiled_->of_trace, holds_as_said);
}

std::span<const Query::Exact> Query::exact_terms() const { return compiled_->exact; }

std::span<const std::string_view> Query::contained_texts() const { return compiled_->texts; }

std::string value_text(const Attribute& attribute) {
    if (const auto* text = std::get_if<std::string_view>(&attribute.value)) return std::string{*text};
    if (const auto* integer = std::get_if<std::int64_t>(&attribute.value)) return fmt::to_string(*integer);
    if (const auto* flag = std::get_if<bool>(&attribute.value)) return *flag ? "true" : "false";
    const double number = std::get<double>(attribute.value);
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
    std::string text;
    append_json_number(text, number);
    return text;
}

}  // namespace tw::console
