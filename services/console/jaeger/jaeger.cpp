#include "services/console/jaeger.hpp"

#include "kit/base/encoding.hpp"
#include "kit/base/json_text.hpp"
#include "services/console/archive/otlp_reader.hpp"
#include "services/console/jaeger/trace_json.hpp"
#include "services/console/jaeger/trace_search.hpp"
#include "services/console/jaeger/url_parameters.hpp"
#include "services/console/views/call_series.hpp"
#include "services/console/views/span_texts.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace tw::console {
namespace {

/// How many of the newest traces are looked at for the names of a service's spans.
constexpr int kTracesForNames = 50;
/// A search that finds little takes 200 ms for each of these.
constexpr int kSearchesMax = 20;
constexpr int kPageMax = 500;
constexpr std::int64_t kDayMs = 86'400'000;

std::string structured(std::string_view data, std::size_t total, std::string_view errors = "null") {
    return fmt::format(R"({{"data":{},"total":{},"limit":0,"offset":0,"errors":{}}})", data, total, errors);
}

JaegerAnswer refusal(int http_status, std::string_view message) {
    std::string errors = fmt::format("[{{\"code\":{},\"msg\":", http_status);
    append_json_string(errors, message);
    return {http_status, structured("null", 0, errors + "}]")};
}

JaegerAnswer refusal(const Error& error) {
    switch (error.code()) {
        case Code::invalid_argument:
            return refusal(400, error.detail());
        case Code::not_found:
            return refusal(404, "trace not found");
        case Code::unavailable:
        case Code::resource_exhausted:
            return refusal(503, error.detail());
        default:
            return refusal(500, error.detail());
    }
}

/// A list of JSON texts. Jaeger writes null if there is none.
std::string json_list(const std::set<std::string>& texts) {
    if (texts.empty()) return "null";
    std::string list = "[";
    for (const auto& text : texts) {
        if (list.back() != '[') list += ',';
        append_json_string(list, text);
    }
    return list + ']';
}

/// The name of a span of a service, and its kind.
using OperationName = std::pair<std::string, std::string>;

/// Answers requests from one archive.
class JaegerApi {
 public:
    explicit JaegerApi(Archive& archive) : archive_{archive} {}

    JaegerAnswer services() {
        const auto map = archive_.get_map({});
        if (!map) return refusal(map.error());
        const auto names = service_names(*map);
        return {200, structured(json_list(names), names.size())};
    }

    /// Names alone, as /api/services/{service}/operations has them.
    JaegerAnswer operation_names(const std::string& service) {
        const auto operations = operations_of(service);
        if (!operations) return refusal(operations.error());
        std::set<std::string> names;
        for (const auto& [name, kind] : *operations) names.insert(name);
        return {200, structured(json_list(names), names.size())};
    }

    JaegerAnswer operations(const UrlParameters& parameters) {
        const auto service = parameters.first("service");
        if (service.empty()) return refusal(400, "parameter 'service' is required");
        const auto operations = operations_of(std::string{service});
        if (!operations) return refusal(operations.error());
        const auto wanted = parameters.first("spanKind");
        std::string list = "[";
        std::size_t total = 0;
        for (const auto& [name, kind] : *operations) {
            if (!wanted.empty() && kind != wanted) continue;
            list += total++ == 0 ? "{\"name\":" : ",{\"name\":";
            append_json_string(list, name);
            list += ",\"spanKind\":";
            append_json_string(list, kind);
            list += '}';
        }
        return {200, structured(list + ']', total)};
    }

    JaegerAnswer trace(std::string_view text) {
        const auto id = read_trace_id(text);
        if (!id) return refusal(400, id.error().detail());
        std::string list = "[";
        if (auto added = add_trace(*id, list); !added) return refusal(added.error());
        return {200, structured(list + ']', 0)};
    }

    JaegerAnswer traces(const UrlParameters& parameters) {
        auto search = read_search(parameters);
        if (!search) return refusal(search.error());
        const bool by_id = !search->trace_ids.empty();
        if (!by_id) {
            auto found = find(search->request, search->limit);
            if (!found) return refusal(found.error());
            search->trace_ids = std::move(*found);
        }
        std::string list = "[";
        std::string missing = "[";
        for (const auto& id : search->trace_ids) {
            const auto added = add_trace(id, list);
            if (added) continue;
            if (added.error().code() != Code::not_found) return refusal(added.error());
            // A trace that was found may have been removed since.
            if (by_id)
                missing += fmt::format("{}{{\"msg\":\"trace not found\",\"traceID\":\"{}\"}}", missing.size() > 1 ? "," : "", id);
        }
        return {200, structured(list + ']', 0, missing.size() > 1 ? missing + ']' : "null")};
    }

    JaegerAnswer dependencies(const UrlParameters& parameters) {
        const auto end_ms = read_whole_number("endTs", parameters.first("endTs"), 0);
        if (!end_ms) return refusal(end_ms.error());
        const auto lookback_ms = read_whole_number("lookback", parameters.first("lookback"), kDayMs);
        if (!lookback_ms) return refusal(lookback_ms.error());
        ::console::GetMapRequest request;
        if (*end_ms > 0) {
            request.set_to_us(*end_ms * 1000);
            request.set_from_us(std::max<std::int64_t>(*end_ms - *lookback_ms, 0) * 1000);
        }
        const auto map = archive_.get_map(request);
        if (!map) return refusal(map.error());
        return {200, structured(links_of(*map, parameters.first("service")), 0)};
    }

 private:
    static std::set<std::string> service_names(const ::console::Map& map) {
        std::set<std::string> names;
        for (const auto& node : map.nodes()) {
            if (node.kind() == node_kind_name(NodeKind::service)) names.insert(node.name());
        }
        return names;
    }

    /// Calls from one service to another; all of them, or those of `service`.
    static std::string links_of(const ::console::Map& map, std::string_view service) {
        const auto services = service_names(map);
        std::string list = "[";
        for (const auto& edge : map.edges()) {
            if (!services.contains(edge.from()) || !services.contains(edge.to())) continue;
            if (!service.empty() && edge.from() != service && edge.to() != service) continue;
            list += list.size() > 1 ? ",{\"parent\":" : "{\"parent\":";
            append_json_string(list, edge.from());
            list += ",\"child\":";
            append_json_string(list, edge.to());
            list += fmt::format(",\"callCount\":{}}}", edge.counts().calls());
        }
        return list + ']';
    }

    /// Returns the ids of at most `limit` traces.
    Result<std::vector<std::string>> find(::console::ListTracesRequest request, int limit) {
        std::vector<std::string> ids;
        for (int searches = 0; searches < kSearchesMax && static_cast<int>(ids.size()) < limit; ++searches) {
            request.set_page_size(std::min(limit - static_cast<int>(ids.size()), kPageMax));
            const auto page = archive_.list_traces(request);
            if (!page) return page.error();
            for (const auto& trace : page->traces()) ids.push_back(trace.trace_id());
            if (page->next_page_token().empty()) break;
            request.set_page_token(page->next_page_token());
        }
        return ids;
    }

    /// Reads the spans of a trace into `batch`. `bytes` must outlive it.
    Result<void> read_trace(const std::string& id, std::string& bytes, Batch& batch) {
        auto request = archive_.get_otlp(id);
        if (!request) return std::move(request).error();
        bytes = std::move(*request);
        auto read = read_request(telemetry::Signal::traces, bytes, batch);
        if (!read) return std::move(read).error();
        if (batch.spans.empty()) return not_found("trace", id);
        return {};
    }

    Result<void> add_trace(const std::string& id, std::string& list) {
        std::string bytes;
        Batch batch;
        if (auto read = read_trace(id, bytes, batch); !read) return std::move(read).error();
        if (list.size() > 1) list += ',';
        append_trace_json(list, batch.spans);
        return {};
    }

    /// The operations that were counted, and the names of spans in the newest traces: calls that
    /// the service makes are not counted as operations.
    Result<std::set<OperationName>> operations_of(const std::string& service) {
        std::set<OperationName> operations;
        ::console::ListTracesRequest request;
        request.set_q(exact_term("service", service));
        const auto newest = find(request, kTracesForNames);
        if (!newest) return newest.error();
        for (const auto& id : *newest) add_names(id, service, operations);
        const auto map = archive_.get_map({});
        if (!map) return map.error();
        for (const auto& operation : map->operations()) {
            if (operation.service() != service) continue;
            const bool known = std::ranges::any_of(operations, [&](const auto& each) { return each.first == operation.name(); });
            if (!known) operations.emplace(operation.name(), "server");
        }
        return operations;
    }

    /// A trace that has been removed since it was found adds nothing.
    void add_names(const std::string& id, std::string_view service, std::set<OperationName>& operations) {
        std::string bytes;
        Batch batch;
        if (!read_trace(id, bytes, batch)) return;
        for (const auto& span : batch.spans) {
            if (service_of(span) != service) continue;
            operations.emplace(span.name, kind_of(span));
        }
    }

    Archive& archive_;
};

/// The part of the path between `before` and `after`, decoded; nothing if the path is another one.
std::optional<std::string> part_between(std::string_view path, std::string_view before, std::string_view after) {
    if (path.size() <= before.size() + after.size() || !path.starts_with(before) || !path.ends_with(after)) return std::nullopt;
    const auto part = path.substr(before.size(), path.size() - before.size() - after.size());
    if (part.find('/') != std::string_view::npos) return std::nullopt;
    return percent_decode(part);
}

}  // namespace

JaegerAnswer answer_jaeger(Archive& archive, std::string_view path, std::string_view query) {
    const auto parameters = UrlParameters::parse(query);
    if (!parameters) return refusal(parameters.error());
    JaegerApi api{archive};
    if (path == "/api/services") return api.services();
    if (path == "/api/operations") return api.operations(*parameters);
    if (path == "/api/traces") return api.traces(*parameters);
    if (path == "/api/dependencies") return api.dependencies(*parameters);
    if (const auto service = part_between(path, "/api/services/", "/operations")) return api.operation_names(*service);
    if (const auto id = part_between(path, "/api/traces/", "")) return api.trace(*id);
    return refusal(404, "not found");
}

}  // namespace tw::console
