#include "kit/runtime/backup_control.hpp"

#include "kit/async/run.hpp"
#include "kit/http/client.hpp"
#include "kit/http/problem.hpp"
#include "kit/net/connect.hpp"
#include "kit/runtime/reasons.hpp"
#include "kit/sql/backup.hpp"
#include "kit/sql/reasons.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/un.h>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace tw::runtime {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::string_view kPath = "/backup";
/// How long a copy may take.
constexpr std::chrono::hours kCopyWaitMax{24};

std::vector<std::string> names_in(const json::value& body) {
    std::vector<std::string> names;
    for (const auto& name : body.at("databases").as_array()) names.emplace_back(name.as_string());
    return names;
}

Error not_understood(int status) {
    return Error{Code::unavailable, reason::kBackupFailed,
                 fmt::format("the running process answered with {} and no reason", status)};
}

/// The error in another process's answer.
Error told(const http::ClientResponse& answer) {
    boost::system::error_code bad;
    const auto body = json::parse(answer.body, bad);
    const auto* detail = !bad && body.is_object() ? body.as_object().if_contains("detail") : nullptr;
    if (detail == nullptr || !detail->is_string()) return not_understood(answer.status);
    return Error{Code::unavailable, reason::kBackupFailed, std::string{detail->as_string()}};
}

Task<Result<http::ClientResponse>> send(EventLoop& loop, net::Address address, std::string folder) {
    const auto client = http::Client::make(loop, {.address = std::move(address), .target = std::string{kPath}});
    if (!client) co_return client.error();
    RootCall call{loop, Deadline::after(loop.now(), kCopyWaitMax)};
    http::ClientRequest request{.method = "POST",
                                .target = std::string{kPath},
                                .headers = {},
                                .content_type = "application/json",
                                .body = json::serialize(json::object{{"folder", std::move(folder)}})};
    co_return co_await (*client)->send(call.context(), std::move(request));
}

Task<bool> answers(EventLoop& loop, net::Address address) {
    constexpr std::chrono::seconds kConnectTime{2};
    RootCall call{loop};
    const auto stream = co_await net::connect(call.context(), loop, address, kConnectTime);
    if (stream) (*stream)->close();
    co_return stream.has_value();
}

}  // namespace

Result<ControlPlace> ControlPlace::beside(const std::string& database_file) {
    const fs::path file{database_file};
    const auto folder = file.has_parent_path() ? file.parent_path() : fs::path{"."};
    const auto name = file.filename().string() + ".control";
    net::Descriptor opened{::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (!opened) {
        return Error{Code::unavailable, reason::kDataFolder,
                     fmt::format("cannot open {}: {}", folder.string(), std::strerror(errno))};
    }
    auto path = (fs::absolute(folder) / name).lexically_normal().string();
    // The listener has a lock file beside it, but only the socket's own path is an address.
    if (path.size() >= sizeof(sockaddr_un::sun_path)) path = fmt::format("/proc/self/fd/{}/{}", opened.number(), name);
    return ControlPlace{std::move(opened), {.host = std::move(path), .port = 0}};
}

http::Handler BackupControl::handler() {
    return [this](const CallContext& ctx, const http::Request& request) { return answer(ctx, request); };
}

Task<http::Response> BackupControl::answer(const CallContext& ctx, const http::Request& request) {
    if (request.path != kPath || request.method != "POST")
        co_return http::problem(not_found("path", request.path), {}, request.path);
    boost::system::error_code bad;
    const auto body = json::parse(request.body, bad);
    const auto* folder = !bad && body.is_object() ? body.as_object().if_contains("folder") : nullptr;
    if (folder == nullptr || !folder->is_string()) {
        co_return http::problem(Error{Code::invalid_argument, "INVALID_BODY", "the body must name a folder"}, {}, request.path);
    }
    auto copying = workers_.run(ctx.loop(), [this, place = std::string{folder->as_string()}] { return copy_all(place); });
    const auto copied = co_await std::move(copying);
    if (!copied) co_return http::problem(copied.error(), {}, request.path);
    json::array names;
    for (const auto& source : sources_) names.emplace_back(source.name);
    co_return http::Response{.body = json::serialize(json::object{{"databases", std::move(names)}}), .route = kPath};
}

Result<void> BackupControl::copy_all(const std::string& folder) const {
    std::vector<sql::BackupItem> items;
    for (const auto& source : sources_) items.push_back({source.store, (fs::path{folder} / source.name).string()});
    return sql::back_up(items, abandoned_);
}

Result<std::optional<std::vector<std::string>>> request_backup(const std::string& database_file, const std::string& folder) {
    const auto place = ControlPlace::beside(database_file);
    if (!place) return place.error();
    std::error_code unreachable;
    if (!fs::exists(place->address().host, unreachable)) return std::optional<std::vector<std::string>>{};
    EventLoop loop;
    // The socket of a process that was killed is still there, and nobody answers.
    if (!run_until_done(loop, answers(loop, place->address()))) return std::optional<std::vector<std::string>>{};
    const auto answer = run_until_done(loop, send(loop, place->address(), folder));
    if (!answer) return answer.error();
    if (answer->status != 200) return told(*answer);
    boost::system::error_code bad;
    const auto body = json::parse(answer->body, bad);
    if (bad || !body.is_object() || !body.as_object().contains("databases")) return not_understood(answer->status);
    return std::optional{names_in(body)};
}

}  // namespace tw::runtime
