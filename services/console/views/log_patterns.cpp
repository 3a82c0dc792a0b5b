#include "services/console/views/log_patterns.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tw::console {
namespace {

constexpr std::size_t kTextBytesMax = 1'024;
constexpr std::size_t kTokensMax = 128;

bool is_word_byte(char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
    return letter || (c >= '0' && c <= '9') || std::string_view{"_.-+@#$%"}.contains(c);
}

/// Returns how many bytes a quoted text has at the beginning of `text`; 0 if there is none.
std::size_t quoted_bytes(std::string_view text) {
    if (text.front() != '"' && text.front() != '\'') return 0;
    const auto end = text.find(text.front(), 1);
    return end == std::string_view::npos ? 0 : end + 1;
}

bool is_value_word(std::string_view word) { return word.find_first_of("0123456789@") != std::string_view::npos; }

/// A full stop or a dash at the end of a word belongs to the sentence.
std::size_t word_bytes(std::string_view text) {
    auto size = static_cast<std::size_t>(std::ranges::find_if_not(text, is_word_byte) - text.begin());
    while (size > 1 && (text[size - 1] == '.' || text[size - 1] == '-')) --size;
    return size;
}

}  // namespace

std::vector<LogPatterns::Token> LogPatterns::tokens_of(std::string_view text) {
    std::vector<Token> tokens;
    text = text.substr(0, kTextBytesMax);
    bool in_word = false;
    while (!text.empty() && tokens.size() < kTokensMax) {
        std::size_t size = quoted_bytes(text);
        // An apostrophe within a word quotes nothing.
        const bool quoted = size > 0 && !in_word;
        if (quoted) {
            tokens.push_back({.text = {}, .is_word = true, .is_value = true});
        } else if (is_word_byte(text.front())) {
            size = word_bytes(text);
            const auto word = text.substr(0, size);
            const bool value = is_value_word(word);
            tokens.push_back({.text = value ? std::string{} : std::string{word}, .is_word = true, .is_value = value});
        } else {
            size = 1;
            if (tokens.empty() || tokens.back().is_word) tokens.push_back({});
            tokens.back().text += text.front();
        }
        in_word = !quoted && is_word_byte(text.front());
        text.remove_prefix(size);
    }
    return tokens;
}

bool LogPatterns::are_alike(const std::vector<Token>& left, const std::vector<Token>& right) {
    std::size_t words = 0;
    std::size_t different = 0;
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (left[i].is_word != right[i].is_word) return false;
        if (!left[i].is_word && left[i].text != right[i].text) return false;
        if (!left[i].is_word) continue;
        ++words;
        if (left[i].is_value == right[i].is_value && left[i].text == right[i].text) continue;
        // Paths without values are different ones: /api/orders and /api/users.
        const bool in_path = i > 0 && left[i - 1].text.ends_with('/');
        if (in_path && !left[i].is_value && !right[i].is_value) return false;
        ++different;
    }
    return different == 0 || different * 4 <= words;
}

LogPatterns::Pattern* LogPatterns::find(std::vector<std::size_t>& places, const std::vector<Token>& tokens) {
    const auto found = std::ranges::find_if(places, [&](std::size_t at) { return are_alike(patterns_[at].tokens, tokens); });
    if (found != places.end()) return &patterns_[*found];
    if (patterns_.size() == kPatternsMax) return nullptr;
    places.push_back(patterns_.size());
    return &patterns_.emplace_back();
}

void LogPatterns::add(const LogEntry& log) {
    ++counted_;
    auto tokens = tokens_of(log.body);
    const auto service = log.source == nullptr ? std::string_view{} : log.source->service;
    auto key = fmt::format("{}\n{}\n{}", tokens.size(), service, log.event_name);
    // A group without patterns is not made when there is no room for its first one.
    if (patterns_.size() == kPatternsMax && !places_.contains(key)) {
        ++others_;
        return;
    }
    auto* const pattern = find(places_[std::move(key)], tokens);
    if (pattern == nullptr) {
        ++others_;
        return;
    }
    auto& shown = pattern->shown;
    const auto time_us = log.time_ns / 1000;
    if (shown.count() == 0) {
        shown.set_service(std::string{service});
        shown.set_event_name(std::string{log.event_name});
        shown.set_first_us(time_us);
        pattern->tokens = std::move(tokens);
    } else {
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            auto& token = pattern->tokens[i];
            if (token.is_word && !token.is_value && (tokens[i].is_value || tokens[i].text != token.text))
                token = {{}, true, true};
        }
    }
    shown.set_count(shown.count() + 1);
    shown.set_severity(std::max(shown.severity(), log.severity));
    shown.set_first_us(std::min(shown.first_us(), time_us));
    shown.set_last_us(std::max(shown.last_us(), time_us));
}

void LogPatterns::fill_texts(const Pattern& pattern, ::console::LogPattern& shown) {
    std::string text;
    for (const auto& token : pattern.tokens) {
        text += token.text;
        if (token.is_value) shown.add_texts(std::exchange(text, {}));
    }
    shown.add_texts(std::move(text));
}

::console::ListLogPatternsResponse LogPatterns::most_frequent() const {
    std::vector<std::size_t> order(patterns_.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, std::ranges::greater{}, [this](std::size_t at) { return patterns_[at].shown.count(); });
    ::console::ListLogPatternsResponse answer;
    answer.set_counted(counted_);
    auto others = others_;
    for (const auto at : order) {
        if (answer.patterns_size() == kShownMax) {
            others += patterns_[at].shown.count();
            continue;
        }
        auto& shown = *answer.add_patterns();
        shown = patterns_[at].shown;
        fill_texts(patterns_[at], shown);
    }
    answer.set_others(others);
    return answer;
}

}  // namespace tw::console
