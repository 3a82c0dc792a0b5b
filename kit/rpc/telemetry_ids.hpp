#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::rpc {

/// The ids of a call's request and answer, for the attributes of its server span. The contract
/// names them (`telemetry` of a field).
class TelemetryIds {
 public:
    static constexpr std::size_t kIdBytesMax = 64;

    /// Adds an id, unless there is one of that name. Callers may send anything in place of an id,
    /// such as an e-mail address. So a text that is too long, or that has other characters than
    /// letters, digits, `-`, `_`, `.` and `:`, is left out. `name` has static storage.
    void add(std::string_view name, std::string_view id);

    const std::vector<std::pair<std::string_view, std::string>>& all() const { return ids_; }

 private:
    std::vector<std::pair<std::string_view, std::string>> ids_;
};

}  // namespace tw::rpc
