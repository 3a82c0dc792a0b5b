#include "tests/simulation/checkout_invariants.hpp"
#include "tests/simulation/invariants.hpp"
#include "tests/simulation/shop.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

// The end of a shop: nothing goes wrong any more, everything that was begun comes to its end, and
// the shop closes.
namespace tw::shop {
namespace {

using namespace std::chrono_literals;
using simulation::Process;

/// A second apart.
constexpr int kStartsMax = 120;
/// By then keepalive has noticed every peer that has gone without a word.
constexpr std::chrono::seconds kUntilServed{90};
/// Longer than the stock of an order stays reserved, and until a sweep has looked for overdue reservations.
constexpr std::chrono::minutes kHoldTime{36};
/// Nothing that a fault has delayed comes later than that, such as a question to the provider.
constexpr std::chrono::seconds kLongestDelay{41};
/// The shop settles within this time: sessions of PostgreSQL that nobody serves are noticed after 90 s.
constexpr std::chrono::seconds kUntilSettled{120};
/// Until Redis has noticed who has gone.
constexpr std::chrono::minutes kRedisKeepalive{6};

}  // namespace

void Shop::repair() {
    const auto calm_since = simulation_.time();
    simulation_.faults().set_intensity(0);
    simulation_.network().mend_links();
    for (const auto& process : processes_) {
        process->set_clock_error(0us);
        process->crash_after(0);
    }
    simulation_.history().tell([] { return std::string{"nothing goes wrong any more"}; });
    street_->closing = true;
    const auto done = [this] {
        return clerk_->done() && till_->done() && merchant_->done() && (!watcher_ || watcher_->done()) &&
               std::ranges::all_of(customers_, [](const auto& customer) { return customer->done(); });
    };
    expect(simulation_.run_until(done, 60s), "a client waits for an answer for ever");
    // Whoever runs the shop starts what is down, again and again.
    for (int attempt = 0; attempt < kStartsMax && !all_serve(); ++attempt) {
        for (const auto& process : processes_) process->start();
        simulation_.run_for(1s);
    }
    if (!all_serve()) {
        for (const auto& process : processes_) {
            if (!process->ready()) broken_.push_back(process->spec().name + " does not serve again: " + process->failure());
        }
        return;
    }
    simulation_.run_for(20s);
    check_service();
    run_until_after(calm_since + kLongestDelay);
    check_finally();
    // Seldom in earnest, as nothing else happens in that time, and never where many replicas look for
    // work all the time.
    if (layout_ != Layout::replicas && simulation_.choose(64) == 0) {
        simulation_.run_for(kHoldTime);
    } else {
        simulation_.skip_wall_time(kHoldTime);
    }
    settle();
    if (redis_) run_until_after(calm_since + Street::kStaleFor);
    look_back();
    check_finally();
}

void Shop::run_until_after(std::chrono::nanoseconds time) {
    simulation_.run_for(std::max<std::chrono::nanoseconds>(time - simulation_.time(), 0ns));
}

/// Waits until all that was begun has ended. What has not ended by the last moment never will.
void Shop::settle() {
    constexpr std::chrono::seconds kLook{3};
    const auto begun = simulation_.time();
    std::vector<std::string> unsettled;
    do {
        simulation_.run_for(kLook);
        const auto now = simulation_.now().unix_micros();
        unsettled = finally_broken_checkout(*databases_, provider_, event_promises(), now);
        if (unsettled.empty()) unsettled = finally_broken(*databases_, journal_, now);
    } while (!unsettled.empty() && simulation_.time() - begun < kUntilSettled);
    for (auto& broken : unsettled) broken_.push_back(std::move(broken));
}

/// What customers see of what they have been told when all has settled.
void Shop::look_back() {
    std::size_t looked = 0;
    street_loop_->post([&] {
        for (const auto& customer : customers_) {
            spawn(*gate_, [](Customer& one, std::size_t& count) -> Task<void> {
                co_await one.look_back();
                ++count;
            }(*customer, looked));
        }
    });
    expect(simulation_.run_until([&] { return looked == customers_.size(); }, 60s), "a client waits for an answer for ever");
    if (watcher_) check_watched();
}

/// A client that goes on watching an order sees its last version, at the latest when it has noticed
/// that its connection is broken.
void Shop::check_watched() {
    const auto begun = simulation_.time();
    auto missed = watch_again();
    while (!missed.empty() && simulation_.time() - begun < kUntilServed) {
        simulation_.run_for(1s);
        missed = watch_again();
    }
    for (auto& broken : missed) broken_.push_back(std::move(broken));
    watched_orders_ = static_cast<std::uint64_t>(
        std::ranges::count_if(journal_.orders, [](const auto& order) { return order.watched_version > 0; }));
}

/// Returns which orders the watcher has not seen as they are stored.
std::vector<std::string> Shop::watch_again() {
    bool looked = false;
    street_loop_->post([&] {
        spawn(*gate_, [](Watcher& one, bool& done) -> Task<void> {
            co_await one.look_back();
            done = true;
        }(*watcher_, looked));
    });
    if (!simulation_.run_until([&] { return looked; }, 60s)) throw std::logic_error{"whoever watches orders waits for ever"};
    std::map<std::string, std::string> versions;
    for (const auto& row : databases_->rows("order", "SELECT id, version FROM orders")) versions[row[0]] = row[1];
    std::vector<std::string> missed;
    for (const auto& order : journal_.orders) {
        if (order.watched_version == 0 || versions[order.id] == std::to_string(order.watched_version)) continue;
        missed.push_back(fmt::format("whoever watches {} sees version {}, and {} is stored", order.id, order.watched_version,
                                     versions[order.id]));
    }
    return missed;
}

/// Whoever can serve does, or comes to: every gateway, by every way, on connections that are dealt to all of its loops.
void Shop::check_service() {
    std::vector<std::string> failures;
    const auto begun = simulation_.time();
    do {
        failures = visit();
        if (failures.empty()) return;
        simulation_.run_for(5s);
    } while (simulation_.time() - begun < kUntilServed);
    for (const auto& failure : failures) broken_.push_back("all is well, and yet a visitor is turned away: " + failure);
}

/// What went wrong for visitors who all come at once.
std::vector<std::string> Shop::visit() {
    struct Visit {
        std::unique_ptr<rpc::Channel> channel;
        std::optional<std::string> failure{};
    };
    std::vector<Visit> visits;
    simulation_.as(street_owner_, [&] {
        for (std::uint64_t i = 0; i < 12; ++i) visits.push_back({.channel = channel(i)});
        street_loop_->post([&] {
            for (auto& one : visits) spawn(*gate_, visit_once(*one.channel, one.failure));
        });
    });
    const auto over = [&] { return std::ranges::all_of(visits, [](const auto& one) { return one.failure.has_value(); }); };
    if (!simulation_.run_until(over, 60s)) throw std::logic_error{"a visitor waits for ever"};
    std::vector<std::string> failures;
    for (const auto& one : visits) {
        if (!one.failure->empty()) failures.push_back(*one.failure);
    }
    simulation_.as(street_owner_, [&] { visits.clear(); });
    return failures;
}

Task<void> Shop::visit_once(rpc::Channel& channel, std::optional<std::string>& failure) {
    const Services services{channel};
    RootCall root{*street_loop_, Deadline::after(street_loop_->now(), Caller::kTimeout)};
    ::catalog::GetProductRequest product;
    product.set_id(street_->products.front());
    const auto found = co_await services.catalog.get_product(root.context(), product);
    ::user::CreateUserRequest visitor;
    visitor.set_email(fmt::format("visitor{}@example.com", visitors_++));
    visitor.set_name("visitor");
    const auto entry = journal_.users.size();
    journal_.users.push_back({.email = visitor.email()});
    const auto user = co_await services.users.create_user(root.context(), visitor);
    if (user) journal_.users[entry] = {.email = visitor.email(), .id = user->id(), .told = Told::done};
    journal_.requests += 2;
    failure.emplace();
    if (!found) failure = "look at a product: " + found.error().reason() + ": " + found.error().detail();
    if (!user) failure = "register: " + user.error().reason() + ": " + user.error().detail();
}

void Shop::close() {
    simulation_.faults().set_intensity(0);
    simulation_.history().tell([] { return std::string{"the shop closes"}; });
    // Clients go first: their connections end in good order.
    bool empty = false;
    simulation_.as(street_owner_, [this] {
        customers_.clear();
        clerk_.reset();
        till_.reset();
        merchant_.reset();
        watcher_.reset();
    });
    gate_->close([&] { empty = true; });
    for (const auto& process : processes_) process->stop();
    const auto down = [&] {
        return empty && std::ranges::all_of(processes_, [](const auto& process) {
                   return process->state() == Process::State::down && process->winding_down() == 0;
               });
    };
    expect(simulation_.run_until(down, 120s), "something does not end when the shop closes");
    // Redis looks after peers that have gone without a word.
    simulation_.run_for(redis_ ? kRedisKeepalive : 5s);
    for (const auto& left : simulation_.network().describe_connections()) broken_.push_back("a connection is left: " + left);
}

}  // namespace tw::shop
