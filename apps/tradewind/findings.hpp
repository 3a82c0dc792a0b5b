#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace tw::app {

/// Prints findings as they come and counts the problems.
class Findings {
 public:
    /// Sets the heading of the next findings. It is printed before the first of them, so that no
    /// heading is without findings.
    void section(std::string_view heading) { heading_ = heading; }
    void good(std::string_view what) { print("ok     ", what); }
    void note(std::string_view what) { print("note   ", what); }
    void bad(std::string_view what) {
        ++problems_;
        print("PROBLEM", what);
    }
    int problems() const { return problems_; }

 private:
    void print(std::string_view kind, std::string_view what) {
        if (!heading_.empty()) fmt::print("{}\n", heading_);
        heading_.clear();
        fmt::print("  {}  {}\n", kind, what);
    }

    std::string heading_;
    int problems_ = 0;
};

}  // namespace tw::app
