#pragma once

#include "proto/console.pb.h"
#include "services/console/record.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace tw::console {

/// Counts log records by what they say. Numbers, ids, addresses and quoted texts are values, and
/// the rest of a text is its pattern. Two patterns of one service and one event, with as many words
/// as each other, become one if at most one of four words differs, and none within a path. The
/// words that differ are values, too.
///
/// Memory is bounded: there are at most kPatternsMax patterns, and of a text the first words count.
/// A record whose pattern finds no room is counted among the others.
class LogPatterns {
 public:
    static constexpr std::size_t kPatternsMax = 500;
    static constexpr int kShownMax = 100;

    void add(const LogEntry& log);
    ::console::ListLogPatternsResponse most_frequent() const;

 private:
    /// A word, or what stands between two words.
    struct Token {
        std::string text;
        bool is_word = false;
        bool is_value = false;
    };
    struct Pattern {
        std::vector<Token> tokens;
        ::console::LogPattern shown;
    };

    static std::vector<Token> tokens_of(std::string_view text);
    /// Whether both are one pattern. They have equally many tokens.
    static bool are_alike(const std::vector<Token>& left, const std::vector<Token>& right);
    static void fill_texts(const Pattern& pattern, ::console::LogPattern& shown);
    Pattern* find(std::vector<std::size_t>& places, const std::vector<Token>& tokens);

    std::vector<Pattern> patterns_;
    /// The places of the patterns, by service, event, and number of tokens.
    std::unordered_map<std::string, std::vector<std::size_t>> places_;
    std::int64_t counted_ = 0;
    std::int64_t others_ = 0;
};

}  // namespace tw::console
