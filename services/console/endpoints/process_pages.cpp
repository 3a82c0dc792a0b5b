#include "services/console/endpoints/process_pages.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <boost/json.hpp>

namespace tw::console {
namespace {

namespace json = boost::json;

constexpr std::string_view kUnreadable = "the answer is not that of an operations port";
/// How many entries of a list are taken.
constexpr int kProcessEntriesMax = 2'000;

std::optional<json::object> object_in(std::string_view body) {
    boost::system::error_code fault;
    auto value = json::parse(body, fault);
    if (fault || !value.is_object()) return std::nullopt;
    return std::move(value.get_object());
}

std::string text_of(const json::object& object, std::string_view member) {
    const auto* const value = object.if_contains(member);
    return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

std::int64_t number_of(const json::object& object, std::string_view member) {
    const auto* const value = object.if_contains(member);
    if (value == nullptr) return 0;
    boost::system::error_code fault;
    const auto number = value->to_number<std::int64_t>(fault);
    return fault ? 0 : number;
}

bool flag_of(const json::object& object, std::string_view member) {
    const auto* const value = object.if_contains(member);
    return value != nullptr && value->is_bool() && value->get_bool();
}

/// Calls `use` with the objects of a list.
template <class Use>
void each_in(const json::object& object, std::string_view member, Use use) {
    const auto* const list = object.if_contains(member);
    if (list == nullptr || !list->is_array()) return;
    int left = kProcessEntriesMax;
    for (const auto& entry : list->get_array()) {
        if (left-- == 0) return;
        if (entry.is_object()) use(entry.get_object());
    }
}

void add_reasons(const json::object& object, google::protobuf::RepeatedPtrField<std::string>& reasons) {
    const auto* const list = object.if_contains("reasons");
    if (list == nullptr || !list->is_array()) return;
    for (const auto& reason : list->get_array()) {
        if (reason.is_string() && reasons.size() < kProcessEntriesMax) reasons.Add(std::string{reason.get_string()});
    }
}

/// Returns the value of a label: target_info{service_name="order-service",…}.
std::string label_of(std::string_view line, std::string_view name) {
    const auto start = line.find(std::string{name} + "=\"");
    if (start == std::string_view::npos) return {};
    std::string value;
    for (auto i = start + name.size() + 2; i < line.size() && line[i] != '"'; ++i) {
        if (line[i] == '\\' && i + 1 < line.size()) ++i;
        value += line[i];
    }
    return value;
}

/// Returns the value of a sample, which stands behind the labels.
double sample_of(std::string_view line) {
    const auto at = line.rfind("} ");
    const auto text = line.substr(at == std::string_view::npos ? line.find(' ') + 1 : at + 2);
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

void read_sample(std::string_view line, ::console::Process& process) {
    if (line.starts_with("target_info{")) {
        auto service = label_of(line, "service_name");
        const auto& known = process.services();
        const bool takes =
            !service.empty() && known.size() < kProcessEntriesMax && std::ranges::find(known, service) == known.end();
        if (takes) process.add_services(std::move(service));
    } else if (line.starts_with("process_uptime_seconds{")) {
        process.set_uptime_s(static_cast<std::int64_t>(sample_of(line)));
    } else if (line.starts_with("process_memory_usage_bytes{")) {
        process.set_memory_bytes(static_cast<std::int64_t>(sample_of(line)));
    }
}

}  // namespace

std::string_view read_ready_page(std::string_view body, ::console::Process& process) {
    const auto page = object_in(body);
    if (!page || !page->contains("ready")) return kUnreadable;
    process.set_ready(flag_of(*page, "ready"));
    add_reasons(*page, *process.mutable_reasons());
    const auto* const modules = page->if_contains("modules");
    if (modules == nullptr || !modules->is_object()) return {};
    for (const auto& [name, value] : modules->get_object()) {
        if (!value.is_object() || process.modules_size() >= kProcessEntriesMax) continue;
        auto& module = *process.add_modules();
        module.set_name(std::string{name});
        module.set_ready(flag_of(value.get_object(), "ready"));
        add_reasons(value.get_object(), *module.mutable_reasons());
    }
    return {};
}

std::string_view read_version_page(std::string_view body, ::console::Process& process) {
    const auto page = object_in(body);
    if (!page || text_of(*page, "version").empty()) return kUnreadable;
    process.set_version(text_of(*page, "version"));
    return {};
}

std::string_view read_metrics_page(std::string_view body, ::console::Process& process) {
    if (body.find("target_info{") == std::string_view::npos) return kUnreadable;
    while (!body.empty()) {
        const auto end = std::min(body.find('\n'), body.size());
        read_sample(body.substr(0, end), process);
        body.remove_prefix(std::min(end + 1, body.size()));
    }
    return {};
}

std::string_view read_requests_page(std::string_view body, ::console::Process& process) {
    const auto page = object_in(body);
    if (!page) return kUnreadable;
    for (const auto& [name, value] : *page) {
        if (!value.is_object() || process.requests_size() >= kProcessEntriesMax) continue;
        auto& requests = *process.add_requests();
        requests.set_service(std::string{name});
        requests.set_http(number_of(value.get_object(), "http"));
        requests.set_rpc(number_of(value.get_object(), "rpc"));
    }
    return {};
}

std::string_view read_loops_page(std::string_view body, ::console::Process& process) {
    const auto page = object_in(body);
    if (!page || !page->contains("loops")) return kUnreadable;
    each_in(*page, "loops", [&process](const json::object& loop) { process.add_loop_lag_us(number_of(loop, "lag_us")); });
    process.set_http_connections(number_of(*page, "http_connections"));
    const auto* const workers = page->if_contains("workers");
    if (workers != nullptr && workers->is_object()) process.set_waiting_tasks(number_of(workers->get_object(), "queued"));
    return {};
}

std::string_view read_config_page(std::string_view body, ::console::Process& process) {
    const auto page = object_in(body);
    if (!page || !page->contains("settings")) return kUnreadable;
    each_in(*page, "settings", [&process](const json::object& entry) {
        auto& setting = *process.add_settings();
        setting.set_key(text_of(entry, "key"));
        setting.set_value(text_of(entry, "value"));
        setting.set_origin(text_of(entry, "origin"));
        setting.set_help(text_of(entry, "help"));
    });
    return {};
}

std::string_view read_log_level_page(std::string_view body, ::console::Process& process) {
    const auto page = object_in(body);
    if (!page) return kUnreadable;
    for (const auto& [part, level] : *page) {
        if (!level.is_string() || process.log_levels_size() >= kProcessEntriesMax) continue;
        auto& entry = *process.add_log_levels();
        entry.set_part(std::string{part});
        entry.set_level(std::string{level.get_string()});
    }
    return {};
}

}  // namespace tw::console
