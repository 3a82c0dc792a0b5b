#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

namespace tw::codegen {

/// The faults of the contracts of a run, one line for each, such as "user.proto:12:
/// user.UserService.CreateUser: has no policy".
class Problems {
 public:
    /// `descriptor` is the service, method, message or field that `text` describes.
    template <class Descriptor>
    void add(const Descriptor& descriptor, std::string_view text) {
        google::protobuf::SourceLocation location;
        const bool known = descriptor.GetSourceLocation(&location);
        const auto line = known ? fmt::format(":{}", location.start_line + 1) : std::string{};
        lines_.push_back(fmt::format("{}{}: {}: {}", descriptor.file()->name(), line, descriptor.full_name(), text));
    }

    bool empty() const { return lines_.empty(); }
    /// Returns the lines. The first has no indent, because protoc puts the option's name before it.
    std::string text() const { return fmt::format("{}", fmt::join(lines_, "\n")); }

 private:
    std::vector<std::string> lines_;
};

}  // namespace tw::codegen
