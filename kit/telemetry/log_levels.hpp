#pragma once

#include "kit/base/result.hpp"
#include "kit/telemetry/log.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::telemetry {

/// The log levels of all parts of a process, each shared with that part's Logger and changed at run time by texts such as
/// "info,order=debug": a level alone is for all parts, name=level for one. Thread-safe.
class LogLevels {
 public:
    /// `names` are the parts there are; all start at `initial`.
    explicit LogLevels(std::vector<std::string> names, Severity initial = Severity::info);

    /// Changes all that `text` names. INVALID_ARGUMENT for an unknown name or level, which says what is known; then nothing
    /// has changed.
    Result<void> apply(std::string_view text);

    /// What the Logger of `name` looks at; null where the name is unknown.
    std::shared_ptr<std::atomic<Severity>> find(std::string_view name) const;

    /// All levels, in the order of the names.
    std::vector<std::pair<std::string, Severity>> all() const;

 private:
    struct Part {
        std::string name;
        std::shared_ptr<std::atomic<Severity>> level;
    };
    std::vector<Part> parts_;
};

}  // namespace tw::telemetry
