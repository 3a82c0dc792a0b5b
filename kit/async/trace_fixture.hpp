#pragma once

#include <string>
#include <utility>

namespace tw::test {

/// Appends its name to a text when it is destroyed.
class Trace {
 public:
    Trace(std::string& trail, char name) : trail_{&trail}, name_{name} {}
    Trace(Trace&& other) noexcept : trail_{std::exchange(other.trail_, nullptr)}, name_{other.name_} {}
    Trace& operator=(Trace&&) = delete;
    ~Trace() {
        if (trail_ != nullptr) *trail_ += name_;
    }

 private:
    std::string* trail_;
    char name_;
};

}  // namespace tw::test
