#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::otlp {

/// Reads typed values from environment variables. It collects warnings about bad values and about
/// unknown variables. Internal to the settings.
class Environment {
 public:
    explicit Environment(const std::map<std::string, std::string>& variables) : variables_{variables} {}

    /// Returns the value without the blanks around it, or nothing if it is unset or empty.
    std::optional<std::string_view> text(std::string_view name);
    bool has(std::string_view name) { return text(name).has_value(); }

    /// Reads "true" or "false", in any case.
    bool flag(std::string_view name, bool otherwise);
    /// Reads a number from `min` to `max`.
    std::uint64_t number(std::string_view name, std::uint64_t otherwise, std::uint64_t min = 0,
                         std::uint64_t max = std::numeric_limits<std::int64_t>::max());
    std::chrono::milliseconds millis(std::string_view name, std::chrono::milliseconds otherwise, std::uint64_t min = 0);

    template <class T>
    struct Choice {
        std::string_view name;
        T value;
    };
    /// Reads one of the names, in any case.
    template <class T, std::size_t N>
    T choice(std::string_view name, const Choice<T> (&choices)[N], T otherwise) {
        const auto given = text(name);
        if (!given) return otherwise;
        for (const auto& choice : choices) {
            if (same(choice.name, *given)) return choice.value;
        }
        std::string_view used = "the default";
        for (const auto& choice : choices) {
            if (choice.value == otherwise) used = choice.name;
        }
        bad(name, *given, used);
        return otherwise;
    }

    /// Reads "key=value,key=value" with percent-encoded values. A part that is no pair is skipped
    /// with a warning.
    std::vector<std::pair<std::string, std::string>> pairs(std::string_view name, bool secret);
    /// Returns the elements of a comma-separated list in lower case, without empty ones.
    std::vector<std::string> list(std::string_view name);

    /// Warns that the value cannot be used, and which value is used instead.
    void bad(std::string_view name, std::string_view value, std::string_view used);
    /// Adds a warning once. Variables for all signals are read for each signal, and would otherwise
    /// warn several times.
    void warn(std::string warning) {
        if (std::ranges::find(warnings_, warning) == warnings_.end()) warnings_.push_back(std::move(warning));
    }
    /// Warns about each OTEL_ variable that is set and was never read. Variables that are meant for
    /// others are left out: those that Kubernetes sets for a Service whose name begins with "otel",
    /// those that the OpenTelemetry operator adds to pods, and those of other languages.
    void warn_of_the_rest();
    std::vector<std::string> take_warnings() { return std::move(warnings_); }

 private:
    static bool same(std::string_view a, std::string_view b);
    /// Whether Kubernetes has set the variable for a Service, such as "OTEL_COLLECTOR_PORT" beside
    /// "OTEL_COLLECTOR_SERVICE_HOST".
    bool is_service_link(std::string_view name) const;

    const std::map<std::string, std::string>& variables_;
    std::set<std::string, std::less<>> asked_;
    std::vector<std::string> warnings_;
};

}  // namespace tw::otlp
