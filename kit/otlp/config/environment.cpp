#include "kit/otlp/config/environment.hpp"

#include "kit/base/encoding.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

namespace tw::otlp {
namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    const auto first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// Calls `each` with every part between commas, trimmed. Empty parts are skipped.
template <class Each>
void for_each_part(std::string_view list, Each each) {
    while (true) {
        const auto comma = list.find(',');
        const auto part = trimmed(list.substr(0, comma));
        if (!part.empty()) each(part);
        if (comma == std::string_view::npos) return;
        list.remove_prefix(comma + 1);
    }
}

bool take(std::string_view prefix, std::string_view& text) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

/// Whether the text follows a Service's name in one of its variables (Kubernetes, "Environment
/// variables"): "_SERVICE_HOST", "_SERVICE_PORT", "_SERVICE_PORT_HTTP", "_PORT", "_PORT_4317_TCP",
/// "_PORT_4317_TCP_ADDR".
bool is_service_suffix(std::string_view text) {
    if (text == "_SERVICE_HOST" || text == "_PORT") return true;
    if (take("_SERVICE_PORT", text)) return text.empty() || text.starts_with('_');
    if (!take("_PORT_", text)) return false;
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(digits);
    const bool protocol = take("_TCP", text) || take("_UDP", text) || take("_SCTP", text);
    constexpr std::array<std::string_view, 4> kEnds{"", "_PROTO", "_PORT", "_ADDR"};
    return digits > 0 && protocol && std::ranges::find(kEnds, text) != kEnds.end();
}

/// Whether the variable is meant for other programs of the pod or machine: a variable of the
/// OpenTelemetry operator, or one that begins with the name of a language or an agent
/// (OpenTelemetry specification, "Language-specific environment variables").
bool is_for_others(std::string_view name) {
    constexpr std::array<std::string_view, 13> kPrefixes{"OTEL_RESOURCE_ATTRIBUTES_",
                                                         "OTEL_POD_IP",
                                                         "OTEL_NODE_",
                                                         "OTEL_JAVA_",
                                                         "OTEL_JAVAAGENT_",
                                                         "OTEL_INSTRUMENTATION_",
                                                         "OTEL_PYTHON_",
                                                         "OTEL_PHP_",
                                                         "OTEL_GO_",
                                                         "OTEL_RUBY_",
                                                         "OTEL_DOTNET_",
                                                         "OTEL_EBPF_",
                                                         "OTEL_INJECTOR_"};
    return std::ranges::any_of(kPrefixes, [name](std::string_view prefix) { return name.starts_with(prefix); });
}

}  // namespace

bool Environment::same(std::string_view a, std::string_view b) { return ascii_lower(a) == ascii_lower(b); }

std::optional<std::string_view> Environment::text(std::string_view name) {
    asked_.emplace(name);
    const auto found = variables_.find(std::string{name});
    if (found == variables_.end() || is_service_link(name)) return std::nullopt;
    const auto value = trimmed(found->second);
    return value.empty() ? std::nullopt : std::optional{value};
}

bool Environment::flag(std::string_view name, bool otherwise) {
    const auto given = text(name);
    if (!given) return otherwise;
    if (same(*given, "true")) return true;
    // The specification says that every value but "true" means false, and asks for a warning about
    // such a value.
    if (!same(*given, "false")) bad(name, *given, "false");
    return false;
}

std::uint64_t Environment::number(std::string_view name, std::uint64_t otherwise, std::uint64_t min, std::uint64_t max) {
    const auto given = text(name);
    if (!given) return otherwise;
    std::uint64_t value = 0;
    const auto* const end = given->data() + given->size();
    const auto [stop, failure] = std::from_chars(given->data(), end, value);
    if (failure == std::errc{} && stop == end && value >= min && value <= max) return value;
    bad(name, *given, otherwise > max ? "no limit" : std::to_string(otherwise));
    return otherwise;
}

std::chrono::milliseconds Environment::millis(std::string_view name, std::chrono::milliseconds otherwise, std::uint64_t min) {
    constexpr std::uint64_t kMillisMax = 24ULL * 3600 * 1000;
    return std::chrono::milliseconds{number(name, static_cast<std::uint64_t>(otherwise.count()), min, kMillisMax)};
}

std::vector<std::pair<std::string, std::string>> Environment::pairs(std::string_view name, bool secret) {
    std::vector<std::pair<std::string, std::string>> result;
    for_each_part(text(name).value_or(std::string_view{}), [&](std::string_view part) {
        const auto equals = part.find('=');
        const auto key = trimmed(part.substr(0, equals));
        const auto value = equals == std::string_view::npos ? std::nullopt : percent_decode(trimmed(part.substr(equals + 1)));
        if (key.empty() || !value) {
            const std::string_view shown = secret ? std::string_view{"(not shown)"} : part;
            warn(fmt::format("{}: \"{}\" is not KEY=VALUE with a percent-encoded value; it is ignored", name, shown));
            return;
        }
        result.emplace_back(percent_decode(key).value_or(std::string{key}), *value);
    });
    return result;
}

std::vector<std::string> Environment::list(std::string_view name) {
    std::vector<std::string> result;
    for_each_part(text(name).value_or(std::string_view{}), [&](std::string_view part) { result.push_back(ascii_lower(part)); });
    return result;
}

void Environment::bad(std::string_view name, std::string_view value, std::string_view used) {
    warn(fmt::format("{}: \"{}\" is not a valid value; {} is used instead", name, value, used));
}

bool Environment::is_service_link(std::string_view name) const {
    constexpr std::string_view kHost = "_SERVICE_HOST";
    return std::ranges::any_of(variables_, [name, kHost](const auto& variable) {
        const std::string_view host = variable.first;
        if (!host.ends_with(kHost)) return false;
        const auto service = host.substr(0, host.size() - kHost.size());
        return name.starts_with(service) && is_service_suffix(name.substr(service.size()));
    });
}

void Environment::warn_of_the_rest() {
    for (const auto& [name, value] : variables_) {
        if (!name.starts_with("OTEL_") || trimmed(value).empty() || asked_.contains(name)) continue;
        if (is_service_link(name) || is_for_others(name)) continue;
        warn(fmt::format("{} is not supported and has no effect", name));
    }
}

}  // namespace tw::otlp
