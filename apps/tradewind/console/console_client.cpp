#include "apps/tradewind/console/console_client.hpp"

#include "apps/tradewind/console/terminal_text.hpp"
#include "apps/tradewind/program.hpp"
#include "kit/base/encoding.hpp"
#include "kit/base/url_text.hpp"
#include "kit/cli/reachable.hpp"
#include "kit/http/json_mapping.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/process_settings.hpp"
#include "kit/runtime/standard_error.hpp"
#include "services/console/module.hpp"

#include <charconv>
#include <chrono>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace tw::app {
namespace {

namespace json = boost::json;

constexpr int kUsageCode = 64;
constexpr int kUnavailableCode = 69;
constexpr std::chrono::seconds kAnswerTimeMax{15};
/// A trace of 100,000 spans has 5 MiB, and 500 log records may have more.
constexpr std::size_t kAnswerBytesMax = std::size_t{64} * 1024 * 1024;
constexpr std::size_t kElementsMax = 8'000'000;

std::string encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                           c == '.' || c == '~';
        if (plain) out += c;
        if (!plain) out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

CommandFailure no_console(const std::string& address) {
    return {fmt::format("what answers at {} is no console of this version; --console names another address", address), 1};
}

bool read(std::string_view text, google::protobuf::Message& answer) {
    std::vector<Violation> violations;
    return http::parse_json(text, answer, violations, {.elements_max = kElementsMax}).has_value() && violations.empty();
}

std::string member(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

/// Returns the first violation of a problem, or its detail, or its title.
std::string detail_of(const json::object& problem) {
    if (const auto* const errors = problem.if_contains("errors"); errors != nullptr && errors->is_array()) {
        for (const auto& error : errors->get_array()) {
            if (error.is_object()) return member(error.get_object(), "detail");
        }
    }
    const auto detail = member(problem, "detail");
    return detail.empty() ? member(problem, "title") : detail;
}

/// Returns the query with a mark below the character that a text names: "… (at character 12)".
std::string marked(const std::string& query, std::string_view detail) {
    constexpr std::string_view kPlace = "(at character ";
    const auto at = detail.rfind(kPlace);
    if (at == std::string_view::npos) return {};
    std::size_t place = 0;
    std::from_chars(detail.data() + at + kPlace.size(), detail.data() + detail.size(), place);
    std::size_t before = 0;
    for (std::size_t seen = 1; before < query.size() && seen < place; ++seen) {
        do {
            ++before;
        } while (before < query.size() && (static_cast<unsigned char>(query[before]) & 0xC0) == 0x80);
    }
    const auto shown = visible(query);
    const auto indent = utf8_length(visible(std::string_view{query}.substr(0, before)));
    return fmt::format("\n  {}\n  {}^", shown, std::string(indent, ' '));
}

std::string query_among(const QueryParameters& parameters) {
    for (const auto& [name, value] : parameters) {
        if (name == "q" || ((name == "logs_q" || name == "traces_q") && !value.empty())) return value;
    }
    return {};
}

http::Url page_url(const net::Address& address) { return {.tls = false, .address = cli::reachable(address)}; }

std::string hint_for(const runtime::Config& config, bool announced) {
    const auto folder = visible(runtime::process_settings(config).data_folder);
    if (announced) {
        return fmt::format(
            "; a console with the data folder {} was there, and has not ended by itself: start it again, or name another address "
            "with --console",
            folder);
    }
    if (!console::runs_in_up(config)) {
        return "; the setting telemetry.console keeps `tradewind up` from running the console here: set it to on; "
               "--console names another address";
    }
    return fmt::format(
        "; `tradewind up` runs the console: is it running, without --no-console, with the data folder {}? --data names another "
        "folder, and --console another address",
        folder);
}

}  // namespace

ConsoleClient::ConsoleClient(EventLoop& loop, http::Url url, std::string hint, std::unique_ptr<http::Client> client)
    : loop_{&loop},
      url_{std::move(url)},
      address_{(url_.tls ? "https://" : "http://") + url_.address.to_string()},
      hint_{std::move(hint)},
      client_{std::move(client)} {}

Outcome<ConsoleClient> ConsoleClient::make(EventLoop& loop, const cli::Invocation& call) {
    auto page = console::page_address(*call.config);
    auto hint = hint_for(*call.config, page.announced);
    auto url = page_url(page.address);
    if (const auto named = call.arguments.text("--console"); !named.empty()) {
        auto parsed = http::Url::parse(named);
        if (!parsed) {
            return std::unexpected(CommandFailure{
                fmt::format("--console takes a URL such as http://localhost:8090, and not {}", printable_url(named)),
                kUsageCode});
        }
        url = std::move(*parsed);
        while (url.target.ends_with('/')) url.target.pop_back();
        hint = "; --console names the address, and the first lines of `tradewind up` say what it is";
    } else {
        url.target.clear();
    }
    http::ClientOptions options;
    options.body_bytes_max = kAnswerBytesMax;
    options.accept_gzip = true;
    auto client = http::Client::make(loop, url, options);
    if (!client) return std::unexpected(CommandFailure{client.error().detail(), kUnavailableCode});
    return ConsoleClient{loop, std::move(url), std::move(hint), std::move(*client)};
}

std::string ConsoleClient::target_of(std::string path, const QueryParameters& parameters) const {
    auto target = url_.target + std::move(path);
    char separator = '?';
    for (const auto& [name, value] : parameters) {
        if (value.empty()) continue;
        target += separator + name + "=" + encoded(value);
        separator = '&';
    }
    return target;
}

CommandFailure ConsoleClient::no_answer(const Error& error) const {
    return {fmt::format("no answer from the console at {}: {}{}", address_,
                        error.cause().empty() ? error.detail() : error.cause(), hint_),
            kUnavailableCode};
}

Task<Outcome<void>> ConsoleClient::get(std::string path, const QueryParameters& parameters,
                                       google::protobuf::Message& answer) const {
    RootCall call{*loop_, Deadline::after(loop_->now(), kAnswerTimeMax)};
    http::ClientRequest request{.target = target_of(std::move(path), parameters)};
    const auto response = co_await client_->send(call.context(), std::move(request));
    if (!response) co_return std::unexpected(no_answer(response.error()));
    if (response->status != 200)
        co_return std::unexpected(explain_refusal(response->status, response->body, query_among(parameters), address_));
    if (!read(response->body, answer)) co_return std::unexpected(no_console(address_));
    co_return Outcome<void>{};
}

Task<Outcome<ConsoleWatch>> ConsoleClient::watch(const QueryParameters& parameters) const {
    RootCall call{*loop_, Deadline::after(loop_->now(), kAnswerTimeMax)};
    http::ClientOptions options;
    options.body_bytes_max = kAnswerBytesMax;
    auto source = http::EventSource::make(*loop_, url_, options);
    if (!source) co_return std::unexpected(CommandFailure{source.error().detail(), kUnavailableCode});
    http::ClientRequest request{.target = target_of("/q/watch", parameters)};
    const auto head = co_await (*source)->open(call.context(), std::move(request));
    if (!head) co_return std::unexpected(no_answer(head.error()));
    if (head->status != 200)
        co_return std::unexpected(explain_refusal(head->status, head->body, query_among(parameters), address_));
    if (!head->headers.joined("content-type").starts_with("text/event-stream")) co_return std::unexpected(no_console(address_));
    co_return ConsoleWatch{*loop_, std::move(*source), address_};
}

Task<Outcome<std::optional<::console::WatchEvent>>> ConsoleWatch::next() {
    RootCall call{*loop_};
    const auto event = co_await source_->next(call.context());
    if (!event) {
        co_return std::unexpected(CommandFailure{
            fmt::format("the console at {} has gone away: {}", address_, event.error().cause()), kUnavailableCode});
    }
    if (!*event) co_return std::optional<::console::WatchEvent>{};
    if ((*event)->type == "error") co_return std::unexpected(explain_refusal(0, (*event)->data, {}, address_));
    ::console::WatchEvent read_event;
    if (!read((*event)->data, read_event)) co_return std::unexpected(no_console(address_));
    co_return std::optional{std::move(read_event)};
}

CommandFailure explain_refusal(int status, const std::string& problem, const std::string& query, const std::string& address) {
    boost::system::error_code fault;
    const auto body = json::parse(problem, fault);
    if (fault || !body.is_object()) return no_console(address);
    const auto& object = body.get_object();
    const auto detail = detail_of(object);
    const auto code = member(object, "code");
    // Another program answers in the same form that it has no such path.
    const bool other = status == 404 && code != "TRACE_NOT_FOUND";
    if (detail.empty() || other) return no_console(address);
    if (code == "BAD_QUERY")
        return {fmt::format("the query cannot be read: {}{}", visible(detail), marked(query, detail)), kUsageCode};
    const int exit_code = status == 503 ? kUnavailableCode : status == 400 ? kUsageCode : 1;
    return {visible(detail), exit_code};
}

int report(const CommandFailure& failure) {
    runtime::print_error("{}: {}\n", program_name().text(), failure.text);
    return failure.exit_code;
}

}  // namespace tw::app
