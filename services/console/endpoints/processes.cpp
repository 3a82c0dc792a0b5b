#include "services/console/endpoints/processes.hpp"

#include "kit/async/combine.hpp"
#include "services/console/endpoints/process_pages.hpp"
#include "services/console/reasons.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace tw::console {
namespace {

namespace json = boost::json;

/// One page may take this long. All pages together end before the deadline of the call.
constexpr std::chrono::milliseconds kPageTimeMax{1'000};
constexpr std::size_t kPageBytesMax = std::size_t{4} * 1024 * 1024;

http::ClientOptions operations_options(const OperationsPort& port) {
    http::ClientOptions options;
    options.body_bytes_max = kPageBytesMax;
    options.connect_time_max = kPageTimeMax;
    options.connections_max = 2;
    options.accept_gzip = true;
    options.tls = port.tls;
    return options;
}

std::string cause_of(const Error& error) { return error.cause().empty() ? error.detail() : error.cause(); }

Error process_not_found(std::string_view name) {
    return Error{Code::not_found, reason::kProcessNotFound,
                 fmt::format("the console knows no process at {}; console.ops_urls names the operations ports of others", name)};
}

/// Returns what the process says against a request, or its status.
std::string refusal_of(const http::ClientResponse& response) {
    boost::system::error_code fault;
    const auto body = json::parse(response.body, fault);
    if (!fault && body.is_object()) {
        const auto* const detail = body.get_object().if_contains("detail");
        if (detail != nullptr && detail->is_string()) return std::string{detail->get_string()};
    }
    return fmt::format("it answers {}", response.status);
}

std::string refusal_of(const http::ClientResponse& response, const OperationsPort& port) {
    if (response.status == 401 || response.status == 403)
        return fmt::format("it answers {}: {} must be its token", response.status, port.token_setting);
    return refusal_of(response);
}

}  // namespace

struct Processes::Page {
    const char* path;
    std::string_view (*read)(std::string_view, ::console::Process&);
    /// Whether it is read for lists, too.
    bool for_lists;
    /// The status of a process that is not ready.
    int other_status = 200;
};

Result<Processes> Processes::make(EventLoop& loop, std::vector<OperationsPort> ports) {
    Processes processes;
    for (auto& port : ports) {
        auto client = http::Client::make(loop, port.url, operations_options(port));
        if (!client) return std::move(client).error();
        auto name = port.url.address.to_string();
        if (processes.find(name) != nullptr) continue;
        processes.known_.push_back({std::move(port), std::move(name), std::move(*client)});
    }
    return processes;
}

const Processes::Known* Processes::find(std::string_view name) const {
    const auto found = std::ranges::find(known_, name, &Known::name);
    return found == known_.end() ? nullptr : &*found;
}

Task<Result<::console::ListProcessesResponse>> Processes::list(const CallContext& ctx) const {
    std::vector<Task<::console::Process>> reading;
    for (const auto& known : known_) reading.push_back(read(ctx, known, false));
    auto joined = all(std::move(reading));
    auto found = co_await std::move(joined);
    if (ctx.over()) co_return *ctx.over();
    ::console::ListProcessesResponse response;
    for (auto& process : found) *response.add_processes() = std::move(process);
    co_return response;
}

Task<Result<::console::Process>> Processes::get(const CallContext& ctx, std::string name) const {
    const auto* const known = find(name);
    if (known == nullptr) co_return process_not_found(name);
    auto process = co_await read(ctx, *known, true);
    if (ctx.over()) co_return *ctx.over();
    co_return process;
}

Task<::console::Process> Processes::read(const CallContext& ctx, const Known& known, bool whole) {
    static constexpr std::array kPages{Page{"/ready?verbose", &read_ready_page, true, 503},
                                       Page{"/version", &read_version_page, true},
                                       Page{"/metrics", &read_metrics_page, true},
                                       Page{"/requests", &read_requests_page, true},
                                       Page{"/loops", &read_loops_page, true},
                                       Page{"/config", &read_config_page, false},
                                       Page{"/log_level", &read_log_level_page, false}};
    ::console::Process process;
    process.set_name(known.name);
    for (const auto& page : kPages) {
        if (!whole && !page.for_lists) continue;
        const bool answers = co_await read_page(ctx, known, page, process);
        // The other pages would not answer either, each after its time.
        if (!answers) break;
    }
    co_return process;
}

Task<bool> Processes::read_page(const CallContext& ctx, const Known& known, const Page& page, ::console::Process& process) {
    http::ClientRequest request{.target = page.path};
    const auto response = co_await send(ctx, known, std::move(request));
    std::string problem;
    if (!response) {
        problem = cause_of(response.error());
    } else if (response->status != 200 && response->status != page.other_status) {
        problem = refusal_of(*response, known.port);
    } else {
        problem = page.read(response->body, process);
    }
    if (problem.empty()) co_return true;
    auto& told = *process.add_problems();
    told.set_page(page.path);
    told.set_problem(std::move(problem));
    co_return response.has_value();
}

Task<Result<http::ClientResponse>> Processes::send(const CallContext& ctx, const Known& known, http::ClientRequest request) {
    const auto token = known.port.token ? known.port.token() : Secret{};
    if (!token.empty()) request.headers.add("authorization", "Bearer " + token.reveal());
    CancelScope scope{ctx.loop(), Deadline::after(ctx.loop().now(), kPageTimeMax), &ctx.scope()};
    const auto bounded = ctx.with_scope(scope);
    co_return co_await known.client->send(bounded, std::move(request));
}

Task<Result<::console::Process>> Processes::set_log_level(const CallContext& ctx, std::string name, std::string levels) const {
    const auto* const known = find(name);
    if (known == nullptr) co_return process_not_found(name);
    http::ClientRequest request{.method = "PUT", .target = "/log_level", .content_type = "text/plain", .body = std::move(levels)};
    const auto response = co_await send(ctx, *known, std::move(request));
    if (!response) {
        co_return Error{Code::unavailable, reason::kProcessNotReached,
                        fmt::format("the operations port at {} does not answer: {}", name, cause_of(response.error()))};
    }
    if (response->status == 400)
        co_return Error{Code::invalid_argument, reason::kLogLevelRefused, refusal_of(*response)}.with_violation(
            "/levels", refusal_of(*response));
    ::console::Process process;
    process.set_name(name);
    std::string problem =
        response->status == 200 ? std::string{read_log_level_page(response->body, process)} : refusal_of(*response, known->port);
    if (!problem.empty())
        co_return Error{Code::unavailable, reason::kProcessNotReached,
                        fmt::format("the operations port at {}: {}", name, problem)};
    co_return process;
}

}  // namespace tw::console
