#include "services/console/query/scanner.hpp"

#include "kit/base/encoding.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace tw::console {
namespace {

constexpr std::size_t kCharactersMax = 4096;
constexpr std::size_t kTermsMax = 64;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

struct Operator {
    std::string_view text;
    Comparison comparison;
};

/// Longer operators come before those that they begin with.
constexpr Operator kOperators[] = {
    {">=", Comparison::greater_equal}, {"<=", Comparison::less_equal}, {"!=", Comparison::unequal}, {">", Comparison::greater},
    {"<", Comparison::less},           {":", Comparison::equal},       {"=", Comparison::equal},
};

class Scanner {
 public:
    explicit Scanner(std::string_view text) : text_{text}, rest_{text} {}

    Result<std::vector<ScannedTerm>> terms() {
        std::vector<ScannedTerm> terms;
        for (skip_blanks(); !rest_.empty(); skip_blanks()) {
            const auto start = rest_;
            auto read = term();
            if (!read) return std::move(read).error();
            terms.push_back(std::move(*read));
            if (terms.size() > kTermsMax) return fail(start, fmt::format("a query has {} terms at most", kTermsMax));
        }
        return terms;
    }

 private:
    Error fail(std::string_view place, std::string detail) const { return bad_query(text_, place, std::move(detail)); }

    void skip_blanks() {
        while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
    }

    /// Takes the operator that comes next, if one does.
    std::optional<Comparison> take_operator() {
        for (const auto& candidate : kOperators) {
            if (!rest_.starts_with(candidate.text)) continue;
            rest_.remove_prefix(candidate.text.size());
            return candidate.comparison;
        }
        return std::nullopt;
    }

    bool at_operator() const {
        return std::ranges::any_of(kOperators, [&](const Operator& candidate) { return rest_.starts_with(candidate.text); });
    }

    Result<ScannedTerm> term() {
        ScannedTerm term;
        if (rest_.front() == '-') {
            term.negative = true;
            rest_.remove_prefix(1);
            if (rest_.empty() || is_blank(rest_.front())) return fail(rest_, "a term was expected after \"-\"");
        }
        const auto start = rest_;
        if (rest_.front() == '(') return with_values(std::move(term));
        auto first = text_until([&] { return is_blank(rest_.front()) || at_operator(); });
        if (!first) return std::move(first).error();
        const auto comparison = take_operator();
        if (!comparison) {
            if (auto ended = require_end(); !ended) return std::move(ended).error();
            term.values.push_back(std::move(*first));
            return term;
        }
        term.comparison = *comparison;
        term.written_key = first->written;
        if (first->parts.size() != 1)
            return fail(start, "a key cannot have a star; write \\* for a star that is part of the key");
        term.key = std::move(first->parts.front());
        if (term.key.empty()) return fail(start, "a key was expected before the operator; put text with an operator in quotes");
        return with_values(std::move(term));
    }

    /// Reads one value, or several in parentheses.
    Result<ScannedTerm> with_values(ScannedTerm term) {
        if (rest_.empty() || is_blank(rest_.front())) {
            return fail(rest_, fmt::format("a value was expected after \"{}\"", text_before(rest_)));
        }
        if (rest_.front() != '(') {
            auto value = text_until([&] { return is_blank(rest_.front()); });
            if (!value) return std::move(value).error();
            term.values.push_back(std::move(*value));
        } else if (auto listed = list(term.values); !listed) {
            return std::move(listed).error();
        }
        if (auto ended = require_end(); !ended) return std::move(ended).error();
        return term;
    }

    Result<void> list(std::vector<ScannedText>& values) {
        const auto open = rest_;
        do {
            rest_.remove_prefix(1);
            skip_blanks();
            const auto start = rest_;
            auto value = text_until([&] { return rest_.front() == '|' || rest_.front() == ')'; });
            if (!value) return std::move(value).error();
            if (value->written.empty() && !rest_.empty()) return fail(start, "a value was expected; write \"\" for an empty one");
            values.push_back(std::move(*value));
            skip_blanks();
            if (rest_.empty()) return fail(open, "\"(\" has no \")\"");
            if (rest_.front() != '|' && rest_.front() != ')') return fail(rest_, "\"|\" or \")\" was expected");
        } while (rest_.front() == '|');
        rest_.remove_prefix(1);
        return {};
    }

    Result<void> require_end() const {
        if (rest_.empty() || is_blank(rest_.front())) return {};
        return fail(rest_, "a blank was expected between two terms");
    }

    /// Reads a quoted text, or one until `ends`. Blanks at the end of an unquoted text do not
    /// count.
    template <class Ends>
    Result<ScannedText> text_until(Ends ends) {
        const auto start = rest_;
        const bool quoted = rest_.starts_with('"');
        if (quoted) rest_.remove_prefix(1);
        ScannedText text{.parts = {""}, .quoted = quoted};
        while (!rest_.empty() && (quoted ? rest_.front() != '"' : !ends())) {
            const char c = rest_.front();
            if (c == '*') {
                text.parts.emplace_back();
            } else if (c == '\\') {
                if (rest_.size() == 1) return fail(rest_, "a character was expected after \"\\\"");
                rest_.remove_prefix(1);
                text.parts.back() += rest_.front();
            } else {
                text.parts.back() += c;
            }
            rest_.remove_prefix(1);
        }
        if (quoted) {
            if (rest_.empty()) return fail(start, "the closing quote is missing");
            rest_.remove_prefix(1);
        }
        text.written = start.substr(0, start.size() - rest_.size());
        while (!quoted && !text.written.empty() && is_blank(text.written.back())) {
            text.written.remove_suffix(1);
            if (!text.parts.back().empty()) text.parts.back().pop_back();
        }
        return text;
    }

    /// The text of the current term before this place.
    std::string_view text_before(std::string_view place) const {
        const auto end = static_cast<std::size_t>(place.data() - text_.data());
        const auto blank = text_.substr(0, end).find_last_of(" \t\r\n");
        return blank == std::string_view::npos ? text_.substr(0, end) : text_.substr(blank + 1, end - blank - 1);
    }

    std::string_view text_;
    std::string_view rest_;
};

}  // namespace

Result<std::vector<ScannedTerm>> scan_query(std::string_view text) {
    if (utf8_length(text) > kCharactersMax) {
        return bad_query(text, text, fmt::format("a query has {} characters at most", kCharactersMax));
    }
    return Scanner{text}.terms();
}

Error bad_query(std::string_view text, std::string_view place, std::string detail) {
    const auto before = text.substr(0, static_cast<std::size_t>(place.data() - text.data()));
    detail += fmt::format(" (at character {})", utf8_length(before) + 1);
    return Error{Code::invalid_argument, "BAD_QUERY", detail}.with_violation("/q", detail);
}

}  // namespace tw::console
