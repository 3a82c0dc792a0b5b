#pragma once

#include "kit/base/result.hpp"
#include "services/console/record.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tw::console {

/// What a query says, ready to be compared with traces and log records. It is immutable, and may be
/// used by several threads.
class Query {
 public:
    /// Reads a query (docs/guide/queries.md describes the language). An empty one matches all.
    /// Fails with INVALID_ARGUMENT, the reason BAD_QUERY and a field violation of "q", whose text
    /// says what was expected and at which character.
    static Result<Query> parse(std::string_view text);

    Query();
    Query(const Query&);
    Query(Query&&) noexcept;
    Query& operator=(const Query&);
    Query& operator=(Query&&) noexcept;
    ~Query();

    /// Whether every trace and every record matches.
    bool matches_all() const;
    /// Whether a trace matches that has these spans: the positive terms hold on one same span, and
    /// no span has what a negative term says. Terms of `trace.` speak of the whole trace.
    bool matches(std::span<const SpanRecord> trace) const;
    bool matches(const LogEntry& log) const;

    /// The positive terms that name one value exactly, `key=value` or `key:value` without `*`, for
    /// an index. Keys are as the query has them: "service", "name", "event", "trace_id", "span_id",
    /// "trace.service", "resource.KEY", or an attribute's key. In a query for log records "name" is
    /// an attribute, too. The value is what value_text returns for it. Terms of kind, status,
    /// severity and duration are not among them.
    struct Exact {
        std::string_view key;
        std::string_view value;
    };
    std::span<const Exact> exact_terms() const;
    /// Texts that every log record which matches has in its body, its event name or an attribute,
    /// in upper or lower case: those of bare words that are not negative.
    std::span<const std::string_view> contained_texts() const;

 private:
    struct Compiled;
    std::shared_ptr<const Compiled> compiled_;
};

/// The value as text, which queries compare and pages show.
std::string value_text(const Attribute& attribute);

}  // namespace tw::console
