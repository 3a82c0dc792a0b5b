#include "tests/simulation/customer.hpp"

#include "kit/async/sleep.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace tw::shop {

using namespace std::chrono_literals;

Task<void> Customer::pause(std::uint64_t millis_max) {
    RootCall root{street_.loop};
    static_cast<void>(co_await sleep_for(root.context(), std::chrono::milliseconds{choose(millis_max)}));
}

Task<void> Customer::live() {
    bool registered = false;
    while (!street_.closing && !registered) {
        registered = co_await register_once();
        if (!registered) co_await pause(500);
    }
    while (!street_.closing) {
        co_await pause(street_.pause_millis_max);
        if (!street_.closing) co_await act();
    }
    done_ = true;
}

Task<bool> Customer::register_once() {
    ::user::CreateUserRequest request;
    // What may have been registered is not tried again under the same address.
    request.set_email(fmt::format("{}.{}@example.com", name_, registered_++));
    request.set_name(name_);
    const auto entry = street_.journal.users.size();
    street_.journal.users.push_back({.email = request.email()});
    auto user =
        co_await caller_.keyed<::user::User>("register", ::user::UserServiceMethods::create_user, request.email(),
                                             [&](const CallContext& ctx) { return services_.users.create_user(ctx, request); });
    if (!user) {
        street_.journal.users[entry].told = told_of(user);
        co_return false;
    }
    street_.journal.users[entry].told = Told::done;
    street_.journal.users[entry].id = id_ = user->id();
    acknowledge(*user);
    co_return true;
}

Task<void> Customer::act() {
    constexpr std::uint64_t kTend = 12;
    const auto what = choose(20);
    if (what >= kTend) return tend_order(what - kTend);
    switch (what) {
        case 0:
            return look_at_me();
        case 1:
            return rename();
        case 2:
            return look_at_product();
        case 3:
            return order();
        default:
            return check_out();
    }
}

/// Orders and pays, as most customers do.
Task<void> Customer::check_out() {
    const auto before = mine_.size();
    co_await order();
    if (mine_.size() > before) co_await pay(mine_.back());
}

Task<void> Customer::tend_order(std::uint64_t what) {
    if (mine_.empty()) co_return;
    const auto at = pick_order();
    auto doing = what < 3    ? pay(at)
                 : what == 3 ? calls_.cancel(at)
                 : what == 4 ? race(at)
                 : what == 5 ? calls_.look_at_timeline(at)
                             : calls_.look(at);
    co_await std::move(doing);
}

Task<bool> Customer::pay(std::size_t at) {
    const bool on_fulfilment = choose(3) == 0;
    return calls_.pay(at, pick_token(at), on_fulfilment);
}

Task<bool> Customer::race(std::size_t at) {
    std::vector<Task<bool>> calls;
    const auto kind = choose(4);
    calls.push_back(kind == 0 ? calls_.cancel(at) : pay(at));
    calls.push_back(kind < 2 ? calls_.cancel(at) : pay(at));
    auto racing = all(std::move(calls));
    co_await std::move(racing);
    co_return true;
}

/// Prefers orders that wait for a payment.
std::size_t Customer::pick_order() {
    auto at = mine_[choose(mine_.size())];
    for (int attempt = 0; attempt < 3 && street_.journal.orders[at].status != "pending"; ++attempt) {
        at = mine_[choose(mine_.size())];
    }
    return at;
}

/// An attempt of which the customer does not know what became is made again with the same token, and
/// after a decline with another one.
std::string Customer::pick_token(std::size_t at) {
    const auto& tried = street_.journal.orders[at].tokens;
    for (const auto& [token, told] : tried) {
        if (told == Told::open && choose(3) != 0) return token;
    }
    constexpr std::array kTokens{"tok_ok", "tok_ok", "tok_ok", "tok_ok", "tok_declined", "tok_insufficient_funds"};
    return fmt::format("{}_{}", kTokens[choose(kTokens.size())], choose(tried.size() + 1));
}

/// What the database says of the own record at this moment.
std::int64_t Customer::stored_version() const {
    const auto rows = street_.books.rows_with("user", "SELECT version FROM users WHERE id = $1", id_);
    return rows.empty() ? 0 : std::stoll(rows.front().front());
}

/// Notes the stored version. Returns the greatest one that was noted kFreshWithin ago or earlier: nobody need be shown what was
/// stored a moment ago and not acknowledged, and everybody what has been stored for a while.
std::int64_t Customer::note_stored_version() {
    const auto now = street_.loop.now();
    // While the disk is busy, the writer itself does not know what is stored.
    if (!street_.books.busy("user")) stored_.push_back({.at = now, .version = stored_version()});
    if (stored_.empty()) return 0;
    while (stored_.size() > 1 && now - stored_[1].at >= kFreshWithin) stored_.pop_front();
    return now - stored_.front().at >= kFreshWithin ? stored_.front().version : 0;
}

Task<void> Customer::look_at_me() {
    const auto fresh_version = note_stored_version();
    ::user::GetUserRequest request;
    request.set_id(id_);
    auto user = co_await caller_.call<::user::User>(
        "look at the own record", [&](const CallContext& ctx) { return services_.users.get_user(ctx, request); });
    if (!user) {
        if (user.error().code() == Code::not_found)
            caller_.broken("look at the own record", "a user who was acknowledged is not there");
        co_return;
    }
    check_record(*user, street_.cache_has_failed());
    if (user->version() < fresh_version && !street_.news_may_be_lost()) {
        caller_.broken("look at the own record",
                       fmt::format("version {}, long after {} was stored", user->version(), fresh_version));
    }
}

void Customer::check_record(const ::user::User& user, bool stale) const {
    // Of what is older the latest must be seen.
    const auto must_be_seen = street_.loop.now() - (stale ? Street::kStaleFor : 0s);
    std::int64_t least = 0;
    bool known = std::ranges::find(perhaps_called_, user.name()) != perhaps_called_.end();
    for (const auto& one : acknowledged_) {
        if (one.at <= must_be_seen) least = std::max(least, one.version);
    }
    for (const auto& one : acknowledged_) known = known || (one.version >= least && one.name == user.name());
    if (user.version() < least) {
        caller_.broken("look at the own record", fmt::format("version {} after {} was acknowledged", user.version(), least));
    }
    if (!known) caller_.broken("look at the own record", "a name that nobody gave: " + user.name());
}

void Customer::acknowledge(const ::user::User& user) {
    acknowledged_.push_back({.at = street_.loop.now(), .version = user.version(), .name = user.name()});
}

Task<void> Customer::look_back() {
    if (id_.empty()) co_return;
    ::user::GetUserRequest request;
    request.set_id(id_);
    auto user = co_await caller_.call<::user::User>(
        "look back at the own record", [&](const CallContext& ctx) { return services_.users.get_user(ctx, request); });
    if (user) {
        check_record(*user, false);
        if (user->version() < stored_version()) caller_.broken("look back at the own record", "it is old, long after it changed");
    } else if (user.error().code() == Code::not_found) {
        caller_.broken("look back at the own record", "a user who was acknowledged is not there");
    }
}

/// Looks at the record, as whoever changes it does, so that a cache has it when the change comes. Some customers have about as
/// much time for the change as the look has taken. Then the write is often under way when their deadline passes, and the service
/// does not know whether it took place.
Task<std::chrono::nanoseconds> Customer::time_for_rename() {
    const auto number = timeouts_.next();
    if (number % 2 == 0) co_return Caller::kTimeout;
    const auto begun = street_.loop.now();
    co_await look_at_me();
    const auto took = street_.loop.now() - begun;
    co_return took* static_cast<std::int64_t>(40 + number / 2 % 120) / 100;
}

Task<void> Customer::rename() {
    const auto timeout = co_await time_for_rename();
    ::user::UpdateUserRequest request;
    request.set_id(id_);
    request.set_name(fmt::format("{} {}", name_, ++renamed_));
    auto user = co_await caller_.keyed<::user::User>(
        "rename", ::user::UserServiceMethods::update_user, request.name(),
        [&](const CallContext& ctx) { return services_.users.update_user(ctx, request); }, timeout);
    if (user) {
        acknowledge(*user);
    } else if (user.error().outcome_open()) {
        perhaps_called_.push_back(request.name());
        co_await look_twice();
    }
}

/// Looks what became of a change that nobody has acknowledged. If the database has it at the first look, the second one shows it.
Task<void> Customer::look_twice() {
    co_await look_at_me();
    co_await caller_.pause(kFreshWithin + 100ms);
    if (!street_.closing) co_await look_at_me();
}

Task<void> Customer::look_at_product() {
    const auto& product = street_.products[choose(street_.products.size())];
    const auto known = street_.journal.product_versions[product];
    ::catalog::GetProductRequest request;
    request.set_id(product);
    auto found = co_await caller_.call<::catalog::Product>(
        "look at a product", [&](const CallContext& ctx) { return services_.catalog.get_product(ctx, request); });
    if (!found) {
        if (found.error().code() == Code::not_found) caller_.broken("look at a product", product + " is not there");
        co_return;
    }
    if (found->version() < known) {
        caller_.broken("look at a product",
                       fmt::format("version {} of {} after {} was acknowledged", found->version(), product, known));
    }
    const auto& stock = found->stock();
    if (stock.reserved() < 0 || stock.available() < 0 || stock.on_hand() - stock.reserved() != stock.available()) {
        caller_.broken("look at a product", fmt::format("{} has {} on hand, {} reserved and {} available", product,
                                                        stock.on_hand(), stock.reserved(), stock.available()));
    }
}

Task<void> Customer::order() {
    Journal::Order entry{.user_id = id_};
    ::order::CreateOrderRequest request;
    request.set_user_id(id_);
    const auto lines = 1 + choose(3);
    for (std::uint64_t i = 0; i < lines; ++i) {
        const auto& product = street_.products[choose(street_.products.size())];
        if (entry.pieces.contains(product)) continue;
        auto& line = *request.add_lines();
        line.set_product_id(product);
        line.set_quantity(static_cast<std::int32_t>(1 + choose(3)));
        entry.pieces[product] = line.quantity();
    }
    const auto at = street_.journal.orders.size();
    street_.journal.orders.push_back(std::move(entry));
    auto placed = co_await caller_.keyed<::order::Order>(
        "order", ::order::OrderServiceMethods::create_order, {},
        [&](const CallContext& ctx) { return services_.orders.create_order(ctx, request); });
    if (!placed) {
        street_.journal.orders[at].told = told_of(placed);
        co_return;
    }
    calls_.note_new(at, *placed);
    mine_.push_back(at);
}

Task<void> Till::live() {
    while (!street_.closing) {
        RootCall root{street_.loop};
        static_cast<void>(co_await sleep_for(root.context(), std::chrono::milliseconds{street_.simulation.choose(800)}));
        if (!street_.closing) co_await sell_once();
    }
    done_ = true;
}

Task<void> Till::sell_once() {
    const auto at = street_.journal.reservations.size();
    const auto id = random_.uuid_v7(street_.simulation.now()).to_string();
    street_.journal.reservations.push_back({.order_id = id});
    ::catalog::ReserveRequest request;
    request.set_order_id(id);
    auto& line = *request.add_lines();
    line.set_product_id(street_.products[street_.simulation.choose(street_.products.size())]);
    line.set_quantity(1);
    const std::chrono::milliseconds timeout{street_.simulation.choose(3) == 0 ? 1 + street_.simulation.choose(30) : 2'000};
    auto reserved = co_await caller_.call<::catalog::Reservation>(
        "reserve stock", [&](const CallContext& ctx) { return services_.catalog.reserve(ctx, request); }, timeout);
    street_.journal.reservations[at].reserved = told_of(reserved);
    if (reserved && street_.simulation.choose(3) == 0) co_return;
    if (reserved && street_.simulation.choose(2) == 0) {
        const auto told = co_await commit(id);
        street_.journal.reservations[at].committed = told;
        co_return;
    }
    const auto told = co_await release(id);
    street_.journal.reservations[at].released = told;
}

Task<Told> Till::release(const std::string& order_id) {
    ::catalog::ReleaseRequest request;
    request.set_order_id(order_id);
    constexpr int kAttemptsMax = 5;
    auto told = Told::open;
    for (int attempt = 0; attempt < kAttemptsMax && told != Told::done; ++attempt) {
        const auto released = co_await caller_.call<::catalog::Reservation>(
            "release stock", [&](const CallContext& ctx) { return services_.catalog.release(ctx, request); });
        // Without a reservation there is nothing to release. An outcome that an earlier attempt left open stays open.
        const bool nothing_reserved = !released && released.error().code() == Code::not_found;
        told = released || nothing_reserved ? Told::done : Told::open;
    }
    co_return told;
}

Task<Told> Till::commit(const std::string& order_id) {
    ::catalog::CommitRequest request;
    request.set_order_id(order_id);
    const auto committed = co_await caller_.call<::catalog::Reservation>(
        "commit stock", [&](const CallContext& ctx) { return services_.catalog.commit(ctx, request); });
    co_return told_of(committed);
}

Task<bool> Clerk::open_shelf(const std::string& product, std::int64_t stock) {
    ::catalog::CreateProductRequest request;
    request.set_id(product);
    request.set_name(product);
    request.mutable_price()->set_minor(995);
    request.mutable_price()->set_currency("EUR");
    request.set_status("active");
    auto made = co_await caller_.keyed<::catalog::Product>(
        "add a product", ::catalog::CatalogServiceMethods::create_product, product,
        [&](const CallContext& ctx) { return services_.catalog.create_product(ctx, request); });
    if (!made) co_return false;
    street_.journal.product_versions[product] = made->version();
    co_await adjust(product, stock);
    co_return street_.journal.adjustments.back().told == Told::done;
}

Task<void> Clerk::live() {
    while (!street_.closing) {
        RootCall root{street_.loop};
        static_cast<void>(co_await sleep_for(root.context(), std::chrono::milliseconds{street_.simulation.choose(1'000)}));
        if (street_.closing) break;
        const auto& product = street_.products[street_.simulation.choose(street_.products.size())];
        const auto what = street_.simulation.choose(4);
        if (what == 0) {
            co_await change(product);
        } else {
            const auto pieces = static_cast<std::int64_t>(1 + street_.simulation.choose(5));
            co_await adjust(product, what == 1 ? -pieces : pieces);
        }
    }
    done_ = true;
}

Task<void> Clerk::adjust(const std::string& product, std::int64_t delta) {
    ::catalog::AdjustStockRequest request;
    request.set_id(product);
    request.set_delta(delta);
    request.set_reason(fmt::format("slip {}", street_.journal.adjustments.size()));
    const auto at = street_.journal.adjustments.size();
    street_.journal.adjustments.push_back({.product = product, .delta = delta, .reason = request.reason()});
    auto adjusted = co_await caller_.keyed<::catalog::Product>(
        "adjust stock", ::catalog::CatalogServiceMethods::adjust_stock, request.reason(),
        [&](const CallContext& ctx) { return services_.catalog.adjust_stock(ctx, request); });
    street_.journal.adjustments[at].told = told_of(adjusted);
}

Task<void> Clerk::change(const std::string& product) {
    ::catalog::UpdateProductRequest request;
    request.set_id(product);
    request.set_name(fmt::format("{} {}", product, ++changes_));
    auto changed = co_await caller_.keyed<::catalog::Product>(
        "change a product", ::catalog::CatalogServiceMethods::update_product, request.name(),
        [&](const CallContext& ctx) { return services_.catalog.update_product(ctx, request); });
    if (!changed) co_return;
    auto& version = street_.journal.product_versions[product];
    version = std::max(version, changed->version());
}

}  // namespace tw::shop
