#include "kit/sql/script.hpp"

#include <algorithm>

namespace tw::sql {
namespace {

constexpr std::size_t kSummaryBytesMax = 200;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

/// Returns the position after the text that is quoted from `at` on. A doubled quote stands for
/// itself.
std::size_t end_of_quoted(std::string_view script, std::size_t at, bool backslash_escapes) {
    const char quote = script[at];
    for (++at; at < script.size(); ++at) {
        if (backslash_escapes && script[at] == '\\') {
            ++at;
        } else if (script[at] == quote) {
            if (at + 1 >= script.size() || script[at + 1] != quote) return at + 1;
            ++at;
        }
    }
    return script.size();
}

/// Block comments nest in PostgreSQL (SQL:2016 §5.2).
std::size_t end_of_block_comment(std::string_view script, std::size_t at) {
    std::size_t depth = 0;
    while (at < script.size()) {
        if (script.substr(at).starts_with("/*")) {
            ++depth;
            at += 2;
        } else if (script.substr(at).starts_with("*/")) {
            at += 2;
            if (--depth == 0) return at;
        } else {
            ++at;
        }
    }
    return script.size();
}

/// Returns the end of a dollar quote ("$$ … $$", "$tag$ … $tag$"), or `at` if none begins there.
std::size_t end_of_dollar_quote(std::string_view script, std::size_t at) {
    const auto close = script.find('$', at + 1);
    if (close == std::string_view::npos) return at;
    const auto tag = script.substr(at, close - at + 1);
    const auto name = tag.substr(1, tag.size() - 2);
    if (!std::ranges::all_of(name, is_word) || (!name.empty() && name[0] >= '0' && name[0] <= '9')) return at;
    const auto end = script.find(tag, close + 1);
    return end == std::string_view::npos ? script.size() : end + tag.size();
}

struct Token {
    std::size_t end;
    bool comment = false;
};

Token token_at(std::string_view script, std::size_t at) {
    const auto rest = script.substr(at);
    if (rest.starts_with("--")) return {std::min(script.find('\n', at), script.size()), true};
    if (rest.starts_with("/*")) return {end_of_block_comment(script, at), true};
    const bool after_word = at > 0 && is_word(script[at - 1]);
    if (rest[0] == '\'') {
        const bool escapes =
            after_word && (script[at - 1] == 'e' || script[at - 1] == 'E') && (at == 1 || !is_word(script[at - 2]));
        return {end_of_quoted(script, at, escapes)};
    }
    if (rest[0] == '"') return {end_of_quoted(script, at, false)};
    if (rest[0] == '$' && !after_word) return {std::max(at + 1, end_of_dollar_quote(script, at))};
    return {at + 1};
}

}  // namespace

std::string ScriptStatement::summary() const {
    std::string line;
    for (std::size_t at = 0; at < text.size() && line.size() <= kSummaryBytesMax;) {
        const auto token = token_at(text, at);
        const auto part = text.substr(at, token.end - at);
        at = token.end;
        if (token.comment || (part.size() == 1 && is_blank(part[0]))) {
            if (!line.empty() && line.back() != ' ') line += ' ';
        } else {
            for (const char c : part) line += is_blank(c) ? ' ' : c;
        }
    }
    while (line.ends_with(' ')) line.pop_back();
    if (line.size() <= kSummaryBytesMax) return line;
    line.resize(kSummaryBytesMax);
    // A character that was cut in half is removed.
    while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xc0) == 0x80) line.pop_back();
    if (!line.empty() && static_cast<unsigned char>(line.back()) >= 0xc0) line.pop_back();
    return line + " …";
}

std::vector<ScriptStatement> split_script(std::string_view script) {
    std::vector<ScriptStatement> statements;
    std::size_t begin = std::string_view::npos;
    std::size_t line = 1;
    std::size_t begin_line = 1;
    const auto finish = [&](std::size_t end) {
        if (begin != std::string_view::npos) statements.push_back({begin, begin_line, script.substr(begin, end - begin)});
        begin = std::string_view::npos;
    };
    for (std::size_t at = 0; at < script.size();) {
        const auto token = token_at(script, at);
        const bool ends = script[at] == ';';
        if (ends) finish(at);
        if (begin == std::string_view::npos && !ends && !token.comment && !is_blank(script[at])) {
            begin = at;
            begin_line = line;
        }
        line += static_cast<std::size_t>(std::ranges::count(script.substr(at, token.end - at), '\n'));
        at = token.end;
    }
    auto end = script.size();
    while (end > 0 && is_blank(script[end - 1])) --end;
    finish(end);
    return statements;
}

ScriptStatement statement_at(std::string_view script, std::size_t offset) {
    ScriptStatement found;
    for (const auto& statement : split_script(script)) {
        if (statement.offset > offset && !found.text.empty()) break;
        found = statement;
    }
    return found;
}

}  // namespace tw::sql
