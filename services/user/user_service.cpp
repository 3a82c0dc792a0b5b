#include "services/user/user_service.hpp"

#include "kit/idempotency/keyed_call.hpp"
#include "kit/outbox/outbox.hpp"
#include "kit/rpc/call_info.hpp"
#include "services/mapping/contention.hpp"
#include "services/mapping/version.hpp"

#include <utility>

#include <fmt/format.h>

namespace tw::user {
namespace {

::user::User to_proto(const User& user) {
    ::user::User message;
    message.set_id(user.id.to_string());
    message.set_email(user.email.text());
    message.set_name(user.name);
    message.set_created_at(user.created_at.to_string());
    message.set_updated_at(user.updated_at.to_string());
    message.set_status(std::string{status_name(user.status)});
    message.set_version(user.version);
    return message;
}

Result<Changes> read_changes(const ::user::UpdateUserRequest& request) {
    Changes changes;
    std::vector<Violation> violations;
    if (request.has_email()) {
        const auto email = Email::parse(request.email());
        if (!email) violations.push_back({"/email", email.error()});
        if (email) changes.email = *email;
    }
    if (request.has_name()) {
        if (auto fault = name_fault(request.name())) violations.push_back({"/name", std::move(*fault)});
        changes.name = request.name();
    }
    if (!violations.empty()) return invalid(std::move(violations));
    return changes;
}

/// Whether the call may reach this user. A user is the owner of the own object, whose key is the
/// user's id, so that the statement could find no other.
bool reaches(const CallContext& ctx, UserId id) {
    const auto owner = rpc::owner_limit(ctx);
    return !owner || UserId::parse(*owner) == id;
}

/// Adds the event user.registered. Consumers get no personal data: they ask for it by the id.
void add_registered(sql::Unit& unit, const CallContext& ctx, Random& random, const User& user) {
    outbox::NewEvent event{.stream = "user",
                           .type = "user.registered",
                           .aggregate_id = user.id.to_string(),
                           .payload = fmt::format(R"({{"id":"{}","version":{}}})", user.id.to_string(), user.version),
                           .at = user.created_at};
    outbox::add(unit, ctx, random, std::move(event));
}

}  // namespace

Task<Result<::user::User>> UserService::create_user(const CallContext& ctx, const ::user::CreateUserRequest& request) {
    std::vector<Violation> violations;
    const auto email = Email::parse(request.email());
    if (!email) violations.push_back({"/email", email.error()});
    if (auto fault = name_fault(request.name())) violations.push_back({"/name", std::move(*fault)});
    if (!violations.empty()) co_return invalid(std::move(violations));

    const auto now = clock_.now();
    const User user{
        .id = UserId{random_.uuid_v7(now)}, .email = *email, .name = request.name(), .created_at = now, .updated_at = now};

    // The write decides whether the address is free, and not a look-up before it, since two
    // requests may arrive at the same time.
    auto answer = to_proto(user);
    idempotency::answer_with(ctx, answer);
    const auto event = [&](sql::Unit& unit) { add_registered(unit, ctx, random_, user); };
    auto stored = co_await users_.insert(ctx, user, event);
    if (!stored) co_return std::move(stored).error();
    co_return answer;
}

Task<Result<::user::User>> UserService::get_user(const CallContext& ctx, const ::user::GetUserRequest& request) {
    // A malformed id is not the id of a user, so the error is NOT_FOUND.
    const auto id = UserId::parse(request.id());
    if (!id || !reaches(ctx, *id)) co_return not_found("user", request.id());

    const auto key = id->to_string();
    auto load = [this, &id](const CallContext& inner) { return load_user(inner, *id); };
    auto user = co_await cached_.get(ctx, key, load);
    if (!user) co_return std::move(user).error();
    if (!user->has_value()) co_return not_found("user", key);
    co_return std::move(**user);
}

Task<Result<std::optional<::user::User>>> UserService::load_user(const CallContext& ctx, UserId id) {
    auto user = co_await users_.find(ctx, id);
    if (user) co_return std::optional{to_proto(*user)};
    if (user.error().code() == Code::not_found) co_return std::optional<::user::User>{};
    co_return std::move(user).error();
}

Task<Result<::user::ListUsersResponse>> UserService::list_users(const CallContext& ctx, const ::user::ListUsersRequest& request) {
    auto page = read_page_request(request.page_size(), request.page_token(), request.newest_first());
    if (!page) co_return std::move(page).error();
    const auto status = parse_status(request.status());
    if (!status && !request.status().empty()) co_return invalid("/status", "must be active, suspended or erased");
    if (!request.email().empty()) co_return co_await list_by_email(ctx, request);

    auto users = co_await users_.list(ctx, std::move(*page), status);
    if (!users) co_return std::move(users).error();
    ::user::ListUsersResponse response;
    for (const auto& user : users->items) *response.add_users() = to_proto(user);
    if (users->next) response.set_next_page_token(page_token(*users->next));
    co_return response;
}

Task<Result<::user::ListUsersResponse>> UserService::list_by_email(const CallContext& ctx,
                                                                   const ::user::ListUsersRequest& request) {
    ::user::ListUsersResponse response;
    const auto email = Email::parse(request.email());
    // No user has a malformed address. An address has at most one user, who is on the first page.
    if (!email || !request.page_token().empty()) co_return response;

    auto user = co_await users_.find_by_email(ctx, *email);
    if (!user) co_return std::move(user).error();
    const bool wanted = user->has_value() && (request.status().empty() || request.status() == status_name((*user)->status));
    if (wanted) *response.add_users() = to_proto(**user);
    co_return response;
}

Task<Result<::user::User>> UserService::update_user(const CallContext& ctx, const ::user::UpdateUserRequest& request) {
    const auto id = UserId::parse(request.id());
    if (!id || !reaches(ctx, *id)) co_return not_found("user", request.id());
    auto changes = read_changes(request);
    if (!changes) co_return std::move(changes).error();
    auto updating = retry_contended([&] { return try_update(ctx, *id, *changes, request.expected_version()); });
    co_return co_await std::move(updating);
}

Task<Result<::user::User>> UserService::try_update(const CallContext& ctx, UserId id, const Changes& changes,
                                                   std::int64_t expected_version) {
    auto before = co_await users_.find(ctx, id);
    if (!before) co_return std::move(before).error();
    if (auto mismatch = version_mismatch(expected_version, before->version)) co_return std::move(*mismatch);

    const User after = changed(*before, changes, clock_.now());
    auto answer = to_proto(after);
    const auto key = after.id.to_string();
    if (after.version == before->version) {
        // The change may have been made by a process that died before it told the cache.
        co_await cached_.changed(ctx, key, after.version);
        co_return answer;
    }
    idempotency::answer_with(ctx, answer);
    const auto write = [&] { return users_.update(ctx, after); };
    auto stored = co_await cached_.change(ctx, key, after.version, write);
    if (!stored) co_return std::move(stored).error();
    co_return answer;
}

}  // namespace tw::user
