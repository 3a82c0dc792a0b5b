#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tw::console {

/// Upper and lower case of ASCII letters count as equal, or as different.
enum class LetterCase : bool { matters, ignored };

/// A text in which each `*` stands for any text.
class Pattern {
 public:
    /// `parts` are the texts between the stars: two parts have one star between them. There is at
    /// least one part.
    Pattern(std::vector<std::string> parts, LetterCase letter_case);
    /// The pattern of texts that contain this one.
    static Pattern containing(std::vector<std::string> parts, LetterCase letter_case);

    bool matches(std::string_view text) const;
    /// Whether every text matches.
    bool any() const { return parts_.size() > 1 && least_ == 0; }
    /// The texts between the stars, which a text that matches has in this order.
    std::span<const std::string> parts() const { return parts_; }
    /// The only text that matches, or null if there are several.
    const std::string* exact() const { return parts_.size() == 1 ? &parts_.front() : nullptr; }

 private:
    std::vector<std::string> parts_;
    LetterCase letter_case_;
    /// The length of the shortest text that matches.
    std::size_t least_ = 0;
};

}  // namespace tw::console
