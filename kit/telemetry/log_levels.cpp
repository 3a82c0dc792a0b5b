#include "kit/telemetry/log_levels.hpp"

#include <algorithm>

namespace tw::telemetry {
namespace {

constexpr std::string_view kKnownLevels = "trace, debug, info, warn, error, fatal, off";

std::string_view trim_spaces(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

Error unknown_level(std::string_view text) {
    return Error{Code::invalid_argument, "UNKNOWN_LOG_LEVEL",
                 "\"" + std::string{text} + "\" is no log level; there are " + std::string{kKnownLevels}};
}

}  // namespace

LogLevels::LogLevels(std::vector<std::string> names, Severity initial) {
    parts_.reserve(names.size());
    for (auto& name : names) parts_.push_back({std::move(name), std::make_shared<std::atomic<Severity>>(initial)});
}

Result<void> LogLevels::apply(std::string_view text) {
    std::vector<std::pair<std::atomic<Severity>*, Severity>> changes;
    for (bool more = true; more;) {
        const auto comma = text.find(',');
        const auto part = trim_spaces(text.substr(0, comma));
        more = comma != std::string_view::npos;
        if (more) text.remove_prefix(comma + 1);

        const auto equals = part.find('=');
        const auto level_text = equals == std::string_view::npos ? part : trim_spaces(part.substr(equals + 1));
        const auto level = parse_severity(level_text);
        if (!level) return unknown_level(level_text);
        if (equals == std::string_view::npos) {
            // The level for all parts is applied first, wherever it stands: "order=debug,info"
            // means the same as "info,order=debug".
            for (const auto& known : parts_) changes.insert(changes.begin(), {known.level.get(), *level});
            continue;
        }
        const auto found = find(trim_spaces(part.substr(0, equals)));
        if (!found) {
            std::string known;
            for (const auto& candidate : parts_) known += (known.empty() ? "" : ", ") + candidate.name;
            return Error{Code::invalid_argument, "UNKNOWN_LOG_NAME",
                         "\"" + std::string{part} + "\" names no part of this process; there are " + known};
        }
        changes.emplace_back(found.get(), *level);
    }
    for (const auto& [target, level] : changes) target->store(level, std::memory_order_relaxed);
    return {};
}

std::shared_ptr<std::atomic<Severity>> LogLevels::find(std::string_view name) const {
    const auto found = std::find_if(parts_.begin(), parts_.end(), [&](const Part& part) { return part.name == name; });
    return found == parts_.end() ? nullptr : found->level;
}

std::vector<std::pair<std::string, Severity>> LogLevels::all() const {
    std::vector<std::pair<std::string, Severity>> levels;
    levels.reserve(parts_.size());
    for (const auto& part : parts_) levels.emplace_back(part.name, part.level->load(std::memory_order_relaxed));
    return levels;
}

}  // namespace tw::telemetry
