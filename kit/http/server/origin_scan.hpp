#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tw::http {

/// Looks for the Origin field in a header that is refused before it was read, since a browser shows a page the refusal only where
/// the answer allows its origin. Takes the bytes from the request line on, in pieces of any size, and keeps one short line of
/// them.
class OriginScan {
 public:
    void feed(std::string_view bytes);
    /// The header is over.
    bool ended() const { return ended_; }
    /// Empty where there was none, or more than one.
    std::string origin() const { return origins_ == 1 ? origin_ : std::string{}; }

 private:
    void take_line();

    std::string line_;
    bool line_too_long_ = false;
    bool first_line_ = true;
    bool ended_ = false;
    int origins_ = 0;
    std::string origin_;
};

}  // namespace tw::http
