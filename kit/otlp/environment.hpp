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

/// Reads typed values out of environment variables, and keeps account of what was wrong with them and of what nobody asked
/// for. Internal to the settings.
class Environment {
 public:
    explicit Environment(const std::map<std::string, std::string>& variables) : variables_{variables} {}

    /// Nothing where unset or empty. Spaces around it are cut off.
    std::optional<std::string_view> text(std::string_view name);
    bool has(std::string_view name) { return text(name).has_value(); }

    /// "true" or "false" in any case.
    bool flag(std::string_view name, bool otherwise);
    /// A number from `min` to `max`.
    std::uint64_t number(std::string_view name, std::uint64_t otherwise, std::uint64_t min = 0,
                         std::uint64_t max = std::numeric_limits<std::int64_t>::max());
    std::chrono::milliseconds millis(std::string_view name, std::chrono::milliseconds otherwise, std::uint64_t min = 0);

    template <class T>
    struct Choice {
        std::string_view name;
        T value;
    };
    /// One of the names, in any case.
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

    /// "key=value,key=value" with percent-encoded values; a part that is no pair is left out with a warning.
    std::vector<std::pair<std::string, std::string>> pairs(std::string_view name, bool secret);
    /// The elements of a comma-separated list in lower case, without empty ones.
    std::vector<std::string> list(std::string_view name);

    /// Notes that the value is of no use, and what takes its place.
    void bad(std::string_view name, std::string_view value, std::string_view used);
    /// Once, however often it is said: what holds for all signals is read for each.
    void warn(std::string warning) {
        if (std::ranges::find(warnings_, warning) == warnings_.end()) warnings_.push_back(std::move(warning));
    }
    /// Warns about each OTEL_ variable that is set and that nobody has asked for, but for those that are meant for others: what
    /// Kubernetes says of a Service whose name begins with "otel", what the OpenTelemetry operator adds to pods, and the
    /// variables of other languages.
    void warn_of_the_rest();
    std::vector<std::string> take_warnings() { return std::move(warnings_); }

 private:
    static bool same(std::string_view a, std::string_view b);
    /// Whether Kubernetes has set the variable for a Service: "OTEL_COLLECTOR_PORT" beside "OTEL_COLLECTOR_SERVICE_HOST".
    bool is_service_link(std::string_view name) const;

    const std::map<std::string, std::string>& variables_;
    std::set<std::string, std::less<>> asked_;
    std::vector<std::string> warnings_;
};

}  // namespace tw::otlp
