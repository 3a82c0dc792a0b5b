#include "kit/runtime/config.hpp"

#include "kit/base/json_text.hpp"
#include "kit/runtime/reasons.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

/// Kubernetes tells every container about the services beside it, in variables made of the
/// services' names. Those of a service that is called like the program are no settings.
bool is_service_link(std::string_view name, std::string_view value) {
    return name.find("_SERVICE_HOST") != std::string_view::npos || name.find("_SERVICE_PORT") != std::string_view::npos ||
           name.find("_PORT_") != std::string_view::npos || value.starts_with("tcp://") || value.starts_with("udp://");
}

std::string with_suggestion(std::string text, std::string_view name, const std::vector<std::string>& known) {
    const auto meant = closest(name, known);
    if (!meant.empty()) text += fmt::format("; did you mean {}?", meant);
    return text;
}

/// The one form of values that may be written in several.
std::string canonical(const Setting& setting, std::string_view value) {
    if (setting.kind == Setting::Kind::flag) return parse_flag(value).value_or(false) ? "true" : "false";
    return std::string{value};
}

/// Applies sources to entries and notes what is wrong with them.
class Reader {
 public:
    Reader(const ProgramName& program, std::vector<Config::Entry>& entries, std::vector<Violation>& problems,
           std::vector<std::string>& warnings)
        : program_{program}, entries_{entries}, problems_{problems}, warnings_{warnings} {
        for (const auto& entry : entries) keys_.push_back(entry.setting.key);
    }

    void apply(const std::vector<Assignment>& assignments) {
        for (const auto& assignment : assignments) {
            if (auto* entry = find(assignment.key)) {
                set(*entry, assignment.value, assignment.origin);
                note(*entry, assignment.key, fmt::format("{} (from {})", assignment.key, assignment.origin), entry->setting.key);
            } else {
                problems_.push_back(
                    {assignment.key, with_suggestion(fmt::format("{}: there is no setting {}", assignment.origin, assignment.key),
                                                     assignment.key, keys_)});
            }
        }
    }

    void apply(const std::map<std::string, std::string>& environment, const std::map<std::string, std::string>& secret_files) {
        std::vector<std::string> names;
        std::vector<std::string> known;
        for (auto& entry : entries_) {
            const auto& setting = entry.setting;
            // The program's own name, which comes last, wins over the aliases.
            auto candidates = setting.aliases;
            candidates.push_back(program_.variable(setting.key));
            const auto& own = names.emplace_back(candidates.back());
            for (const auto& name : candidates) {
                const auto* const value = find_value(environment, name);
                if (value == nullptr) continue;
                const auto file = secret_files.find(name);
                set(entry, *value, file == secret_files.end() ? name : name + "_FILE");
                entry.file = file == secret_files.end() ? "" : file->second;
            }
            if (find_value(environment, own) != nullptr) note(entry, setting.key, own, own);
            known.insert(known.end(), candidates.begin(), candidates.end());
            if (setting.former_key.empty()) continue;
            const auto& former = known.emplace_back(program_.variable(setting.former_key));
            if (const auto* value = find_value(environment, former)) {
                set(entry, *value, former);
                note(entry, setting.former_key, former, own);
            }
        }
        warn_of_unknown(environment, names, known);
    }

    /// Judges the names that the sources have used, once all have been applied.
    void judge_names() {
        for (const auto& entry : entries_) {
            const auto found = given_.find(entry.setting.key);
            if (found == given_.end() || found->second.former.empty()) continue;
            const auto& given = found->second;
            if (given.current.empty()) {
                warnings_.push_back(fmt::format("{} is now called {}; rename it", given.former, given.new_name));
            } else {
                problems_.push_back({entry.setting.key, fmt::format("{} and {} are two names of one setting; remove {}",
                                                                    given.former, given.current, given.former)});
            }
        }
    }

 private:
    /// The names by which the sources have set a setting that has a former key.
    struct Given {
        std::string current;
        std::string former;
        /// What `former` should be called in the same source.
        std::string new_name;
    };

    /// Returns the entry of a key or of a former key.
    Config::Entry* find(std::string_view key) {
        for (auto& entry : entries_) {
            if (entry.setting.key == key || (!key.empty() && entry.setting.former_key == key)) return &entry;
        }
        return nullptr;
    }

    /// Returns the value of a variable; null where it is not set. An empty one means unset: compose
    /// files pass variables on that way.
    static const std::string* find_value(const std::map<std::string, std::string>& environment, const std::string& name) {
        const auto found = environment.find(name);
        return found == environment.end() || trimmed(found->second).empty() ? nullptr : &found->second;
    }

    /// Remembers that a source, as `told`, has used `key`, which it should call `new_name`.
    void note(const Config::Entry& entry, std::string_view key, std::string told, std::string new_name) {
        if (entry.setting.former_key.empty()) return;
        auto& given = given_[entry.setting.key];
        if (key == entry.setting.key) {
            given.current = std::move(told);
        } else {
            given.former = std::move(told);
            given.new_name = std::move(new_name);
        }
    }

    void warn_of_unknown(const std::map<std::string, std::string>& environment, const std::vector<std::string>& names,
                         const std::vector<std::string>& known) {
        const auto prefix = program_.variable_prefix();
        for (const auto& [name, value] : environment) {
            if (!name.starts_with(prefix) || is_service_link(name, value)) continue;
            if (std::ranges::find(known, name) != known.end()) continue;
            warnings_.push_back(with_suggestion(
                fmt::format("the environment variable {} is not a setting and has no effect", name), name, names));
        }
    }

    void set(Config::Entry& entry, std::string_view text, const std::string& origin) {
        const auto value = trimmed(text);
        if (const auto fault = find_fault(entry.setting, value); !fault.empty()) {
            // Escaped: a value may hold what would move a terminal's cursor.
            std::string shown;
            append_json_escaped(shown, mask(entry.setting, value));
            problems_.push_back(
                {entry.setting.key, fmt::format("{} (from {}) is \"{}\" but {}", entry.setting.key, origin, shown, fault)});
            return;
        }
        entry.value = canonical(entry.setting, value);
        entry.origin = origin;
        entry.file.clear();
    }

    const ProgramName& program_;
    std::vector<Config::Entry>& entries_;
    std::vector<Violation>& problems_;
    std::vector<std::string>& warnings_;
    std::vector<std::string> keys_;
    std::map<std::string, Given, std::less<>> given_;
};

}  // namespace

Result<Config> Config::read(ProgramName program, std::vector<Setting> settings, const Sources& sources) {
    Config config;
    config.program_ = std::move(program);
    for (auto& setting : settings) {
        if (!config.by_key_.emplace(setting.key, config.entries_.size()).second) {
            throw std::logic_error{"the setting " + setting.key + " is declared twice"};
        }
        auto fallback = setting.fallback;
        config.entries_.push_back({.setting = std::move(setting), .value = std::move(fallback), .origin = "default"});
    }

    std::vector<Violation> problems;
    Reader reader{config.program_, config.entries_, problems, config.warnings_};
    reader.apply(sources.file);
    reader.apply(sources.environment, sources.secret_files);
    reader.apply(sources.flags);
    reader.judge_names();
    if (problems.empty()) return config;

    Error error{Code::invalid_argument, reason::kBadConfig, "the configuration is not valid"};
    for (auto& problem : problems) {
        error = std::move(error).with_violation(std::move(problem.pointer), std::move(problem.detail));
    }
    return error;
}

const Config::Entry& Config::entry(std::string_view key) const {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) throw std::logic_error{"nobody declared the setting " + std::string{key}};
    return entries_[found->second];
}

}  // namespace tw::runtime
