#include "kit/cli/operations_port.hpp"

#include "kit/async/run.hpp"
#include "kit/cli/operations_client.hpp"
#include "kit/runtime/standard_error.hpp"

#include <chrono>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace tw::cli {
namespace {

namespace json = boost::json;

/// Longer than the process itself takes before it gives up.
constexpr std::chrono::seconds kOperationsTimeout{15};
constexpr int kUnavailable = 69;

std::string percent_encoded(std::string_view text) {
    std::string encoded;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                           c == '.' || c == '~';
        if (plain) encoded += c;
        if (!plain) encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return encoded;
}

std::string printable(std::string text) {
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
    }
    return text;
}

Task<Result<http::ClientResponse>> send(EventLoop& loop, const http::Url& url, http::ClientRequest request) {
    const auto client = http::Client::make(loop, url);
    if (!client) co_return client.error();
    RootCall call{loop, Deadline::after(loop.now(), kOperationsTimeout)};
    co_return co_await (*client)->send(call.context(), std::move(request));
}

/// Prints why the process refuses, and returns the exit code.
int report_refusal(std::string_view program, int status, const json::object& problem) {
    const auto* const errors = problem.if_contains("errors");
    if (errors != nullptr && errors->is_array()) {
        for (const auto& error : errors->get_array()) {
            if (!error.is_object()) continue;
            auto name = shown(error.get_object(), "pointer");
            if (name.starts_with('/')) name.erase(0, 1);
            runtime::print_error("{}: {} {}\n", program, name, shown(error.get_object(), "detail"));
        }
        return kUsage;
    }
    auto detail = shown(problem, "detail");
    if (detail.empty()) detail = shown(problem, "title");
    runtime::print_error("{}: {} ({})\n", program, detail.empty() ? "the process refuses" : detail, status);
    return status == 503 ? kUnavailable : 1;
}

std::variant<json::object, int> ask(const Invocation& call, http::ClientRequest request) {
    const auto program = call.config->program().text();
    const auto url = operations_url(*call.config, request.target);
    add_operations_token(*call.config, request);
    EventLoop loop;
    const auto answer = run_until_done(loop, send(loop, url, std::move(request)));
    if (!answer) {
        const auto& error = answer.error();
        runtime::print_error(
            "{}: no answer from the operations port at {}: {}; is {} running there? --ops names another address\n", program,
            url.address.to_string(), error.cause().empty() ? error.detail() : error.cause(), program);
        return kUnavailable;
    }
    boost::system::error_code fault;
    auto body = json::parse(answer->body, fault);
    if (fault || !body.is_object()) {
        runtime::print_error("{}: what answers at {} is no operations port of this version\n", program, url.address.to_string());
        return 1;
    }
    if (answer->status != 200) return report_refusal(program, answer->status, body.get_object());
    return std::move(body.get_object());
}

}  // namespace

std::variant<json::object, int> get_operations(const Invocation& call, std::string path, const OperationsParameters& parameters) {
    http::ClientRequest request{.target = std::move(path)};
    char separator = '?';
    for (const auto& [name, value] : parameters) {
        if (value.empty()) continue;
        request.target += separator + name + "=" + percent_encoded(value);
        separator = '&';
    }
    return ask(call, std::move(request));
}

std::variant<json::object, int> post_operations(const Invocation& call, std::string path,
                                                const OperationsParameters& parameters) {
    json::object body;
    for (const auto& [name, value] : parameters) {
        if (!value.empty()) body.emplace(name, value);
    }
    http::ClientRequest request{.method = "POST", .target = std::move(path), .content_type = "application/json"};
    request.headers.add("x-operator", "1");
    request.body = json::serialize(body);
    return ask(call, std::move(request));
}

std::string shown(const json::object& object, std::string_view member) {
    const auto* const value = object.if_contains(member);
    if (value == nullptr) return {};
    if (value->is_string()) return printable(std::string{value->get_string()});
    return json::serialize(*value);
}

}  // namespace tw::cli
