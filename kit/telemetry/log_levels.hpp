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

/// The log levels of all parts of a process. Each level is shared with that part's Logger and can
/// be changed at run time by texts such as "info,order=debug": a level alone is for all parts,
/// name=level for one. Thread-safe.
class LogLevels {
 public:
    /// `names` are the names of the parts. All start at `initial`.
    explicit LogLevels(std::vector<std::string> names, Severity initial = Severity::info);

    /// Changes all levels that `text` names. Fails with INVALID_ARGUMENT for an unknown name or
    /// level; the detail lists the known ones. Nothing is changed then.
    Result<void> apply(std::string_view text);

    /// Returns the level of the Logger of `name`, or null if the name is unknown.
    std::shared_ptr<std::atomic<Severity>> find(std::string_view name) const;

    /// Returns all levels, in the order of the names.
    std::vector<std::pair<std::string, Severity>> all() const;

 private:
    struct Part {
        std::string name;
        std::shared_ptr<std::atomic<Severity>> level;
    };
    std::vector<Part> parts_;
};

}  // namespace tw::telemetry
