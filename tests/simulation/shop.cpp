#include "tests/simulation/shop.hpp"

#include "kit/http/client.hpp"
#include "kit/rpc/deadline_limit.hpp"
#include "kit/rpc/make_network_channel.hpp"
#include "services/catalog/module.hpp"
#include "services/catalog/schema.hpp"
#include "services/gateway/module.hpp"
#include "services/order/module.hpp"
#include "services/order/schema.hpp"
#include "services/payment/module.hpp"
#include "services/payment/schema.hpp"
#include "services/user/module.hpp"
#include "services/user/schema.hpp"
#include "tests/simulation/databases.hpp"
#include "tests/simulation/http_channel.hpp"
#include "tests/simulation/invariants.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace tw::shop {
namespace {

using namespace std::chrono_literals;
using runtime::ModuleSpec;
using simulation::Process;

constexpr std::array kModules{
    ModuleSpec{.name = "user", .make = &user::make_module, .grpc_port = 50051, .schema = &user::schema},
    ModuleSpec{.name = "catalog", .make = &catalog::make_module, .grpc_port = 50054, .schema = &catalog::schema},
    ModuleSpec{.name = "payment", .make = &payment::make_module, .grpc_port = 50053, .schema = &payment::schema},
    ModuleSpec{.name = "order", .make = &order::make_module, .grpc_port = 50052, .schema = &order::schema},
    ModuleSpec{.name = "gateway", .make = &gateway::make_module, .serves_http = true},
};

/// A second apart.
constexpr int kStartsMax = 120;
/// By then keepalive has noticed every peer that has gone without a word.
constexpr std::chrono::seconds kUntilServed{90};
/// Longer than the stock of an order stays reserved, and until a sweep has looked for overdue reservations.
constexpr std::chrono::minutes kHoldTime{36};
constexpr std::chrono::minutes kUntilReservationsExpire{2};
/// Until Redis has noticed who has gone.
constexpr std::chrono::minutes kRedisKeepalive{6};
/// No clock is wrong by more.
constexpr std::chrono::seconds kClockErrorMax{30};
/// So many turns a busy process makes in a second or two.
constexpr std::uint64_t kTurnsToCrashMax = 400;

}  // namespace

std::span<const ModuleSpec> modules() { return kModules; }

Shop::Shop(simulation::Simulation& simulation, Layout layout) : simulation_{simulation}, layout_{layout} {
    // Without Redis each process keeps rows for itself.
    if (layout != Layout::one_process && simulation.choose(2) == 0) redis_.emplace(simulation);
    databases_ = layout == Layout::replicas ? make_postgres_databases(simulation) : make_sqlite_databases(simulation);
    lay_out();
    simulation_.as(street_owner_, [&] { street_loop_.emplace(); });
    street_.emplace(simulation_, *street_loop_, journal_, *databases_);
    street_->shares_cache = redis_.has_value();
    street_->cache_has_failed = [this] { return cache_has_failed(); };
    gate_.emplace();
}

Shop::~Shop() = default;

void Shop::lay_out() {
    switch (layout_) {
        case Layout::one_process:
            add_process("tradewind", {"user", "catalog", "payment", "order", "gateway"});
            break;
        case Layout::apart:
            for (const std::string module : {"user", "catalog", "payment", "order"}) add_process(module + "-1", {module});
            for (const std::string gateway : {"gateway-1", "gateway-2"}) add_process(gateway, {"gateway"});
            break;
        case Layout::replicas:
            for (const std::string module : {"user", "catalog", "payment", "order", "gateway"}) {
                for (const std::string number : {"-1", "-2"}) add_process(module + number, {module});
            }
            break;
    }
    // By the name of a module its replicas are found, as behind a headless service.
    std::map<std::string, std::vector<std::string>> addresses;
    for (const auto& process : processes_) {
        for (const auto& module : process->spec().modules) addresses[module].push_back(process->spec().address);
        simulation_.network().name(process->spec().name, {process->spec().address});
    }
    for (const auto& [module, found] : addresses) simulation_.network().name(module, found);
}

void Shop::add_process(const std::string& name, std::vector<std::string> modules) {
    if (std::ranges::find(modules, "gateway") != modules.end()) gateways_.push_back(name);
    std::map<std::string, std::string> settings{{"profile", "production"}, {"gateway.requests_per_second_max", "0"}};
    for (const auto& module : kModules) {
        if (module.grpc_port != 0)
            settings[std::string{module.name} + ".url"] = fmt::format("{}:{}", module.name, module.grpc_port);
    }
    if (redis_) settings["redis.url"] = "redis://redis:6379/0";
    // Opened by us; but what is kept beside a database depends on whose it is.
    if (layout_ == Layout::replicas) settings["database.url"] = "postgresql://database/shop";
    simulation::ProcessSpec spec{.name = name,
                                 .program = "tradewind",
                                 .address = fmt::format("10.0.0.{}", processes_.size() + 1),
                                 .known = kModules,
                                 .modules = modules,
                                 .settings = std::move(settings)};
    spec.open_store = [this, name](std::string_view module, WorkerPool& workers) {
        return databases_->open(module, name, workers);
    };
    spec.cut_stores = [this, modules, name] { databases_->cut(modules, name); };
    spec.clean_log = [this](std::string line) { return databases_->clean(std::move(line)); };
    spec.watches_descriptors = databases_->watches_descriptors();
    spec.policies.server = [](runtime::LoopHost&) {
        std::vector<std::unique_ptr<rpc::Policy>> list;
        list.push_back(std::make_unique<rpc::DeadlineLimit>());
        return list;
    };
    spec.policies.edge = [](runtime::LoopHost&) {
        std::vector<std::unique_ptr<rpc::Policy>> list;
        list.push_back(gateway::make_conditional_requests());
        return list;
    };
    processes_.push_back(std::make_unique<Process>(simulation_, std::move(spec)));
}

void Shop::live(simulation::RunOutcome& outcome, bool with_faults) {
    if (open()) {
        sell(with_faults);
        repair();
    }
    close();
    outcome.requests = journal_.requests;
    broken_.insert(broken_.end(), journal_.broken.begin(), journal_.broken.end());
    for (auto& broken : broken_) outcome.violations.push_back(std::move(broken));
}

bool Shop::all_serve() const {
    return std::ranges::all_of(processes_, [](const auto& process) { return process->ready(); });
}

std::unique_ptr<rpc::Channel> Shop::channel(std::uint64_t number) {
    const auto& gateway = gateways_[number % gateways_.size()];
    if (number % 3 == 0) {
        return rpc::make_network_channel(*street_loop_, *rpc::Target::parse(gateway + ":8080"), {}, telemetry_.get());
    }
    http::ClientOptions options;
    options.http2_prior_knowledge = number % 3 == 1;
    auto client = http::Client::make(*street_loop_, *http::Url::parse("http://" + gateway + ":8080"), options);
    return std::make_unique<HttpChannel>(std::move(client).value());
}

bool Shop::open() {
    for (const auto& process : processes_) process->start();
    if (!simulation_.run_until([this] { return all_serve(); }, 60s)) {
        for (const auto& process : processes_) {
            if (!process->ready()) broken_.push_back(process->spec().name + " does not come up: " + process->failure());
        }
        return false;
    }
    bool opened = false;
    bool well = true;
    const auto products = 2 + simulation_.choose(4);
    simulation_.as(street_owner_, [&] {
        clerk_ = std::make_unique<Clerk>(*street_, "clerk", channel(simulation_.choose(3)));
        street_loop_->post([&] {
            spawn(*gate_, [](Shop& shop, std::uint64_t count, bool& fine, bool& done) -> Task<void> {
                for (std::uint64_t i = 0; i < count; ++i) {
                    const auto product = fmt::format("product-{}", i);
                    fine =
                        co_await shop.clerk_->open_shelf(product, static_cast<std::int64_t>(10 + shop.simulation_.choose(60))) &&
                        fine;
                    shop.street_->products.push_back(product);
                }
                done = true;
            }(*this, products, well, opened));
        });
    });
    expect(simulation_.run_until([&] { return opened; }, 30s) && well,
           "the shelves cannot be filled, though nothing goes wrong yet");
    return opened && well;
}

void Shop::add_clients() {
    const auto count = 2 + simulation_.choose(6);
    for (std::uint64_t i = 0; i < count; ++i) {
        customers_.push_back(std::make_unique<Customer>(*street_, fmt::format("customer-{}", i), channel(i)));
    }
    till_ = std::make_unique<Till>(
        *street_, "till", rpc::make_network_channel(*street_loop_, *rpc::Target::parse("catalog:50054"), {}, telemetry_.get()));
    street_loop_->post([this] {
        for (const auto& customer : customers_) spawn(*gate_, customer->live());
        spawn(*gate_, till_->live());
        spawn(*gate_, clerk_->live());
    });
}

void Shop::sell(bool with_faults) {
    simulation_.as(street_owner_, [this] { add_clients(); });
    // Some shops have a bad day, and some a very bad one.
    constexpr std::array kIntensities{0.2, 1.0, 1.0, 3.0};
    const auto intensity = kIntensities[simulation_.choose(kIntensities.size())];
    simulation_.faults().set_intensity(with_faults ? intensity : 0);
    const auto ticks = 8 + simulation_.choose(24);
    // Crowds meet more often; most shops are quiet, so that there is time for more of them.
    constexpr std::array<std::uint64_t, 8> kPauses{30, 100, 300, 300, 300, 600, 600, 600};
    street_->pause_millis_max = kPauses[simulation_.choose(kPauses.size())];
    for (std::uint64_t tick = 0; tick < ticks && broken_.empty(); ++tick) {
        simulation_.run_for(500ms);
        disturb();
        for (auto& broken : always_broken(*databases_)) broken_.push_back(std::move(broken));
    }
}

/// Stores an overdue reservation whose row cannot be read. Every sweep of overdue reservations meets it.
void Shop::damage() {
    databases_->write("catalog",
                      fmt::format("INSERT INTO reservations (order_id, status, expires_at, created_at, updated_at) "
                                  "SELECT 'damaged {}', status, created_at, created_at, updated_at FROM reservations LIMIT 1",
                                  damaged_++));
}

/// So that an invalidation may not have come to Redis.
bool Shop::cache_has_failed() const {
    return redis_ && std::ranges::any_of(simulation_.faults().coverage(), [](const auto& tried) {
               const auto& [kind, place] = tried.first;
               return tried.second.happened > 0 && (place.ends_with("redis") || (kind == "pause" && place.starts_with("user")));
           });
}

void Shop::disturb() {
    auto& faults = simulation_.faults();
    if (faults.happens("row damaged", "catalog", 0.02)) damage();
    for (const auto& process : processes_) {
        const auto& name = process->spec().name;
        if (process->state() == Process::State::down) {
            // Whoever runs the shop starts it again, soon or a little later.
            if (simulation_.choose(3) == 0) process->start();
        } else if (faults.happens("crash", name, 0.02)) {
            process->crash_after(1 + faults.pick(kTurnsToCrashMax));
        } else if (faults.happens("stop", name, 0.02)) {
            process->stop();
        } else if (faults.happens("pause", name, 0.02)) {
            process->pause(std::chrono::milliseconds{100 + faults.pick(15'000)});
        } else if (faults.happens("clock step", name, 0.02)) {
            const std::chrono::milliseconds error{faults.pick(2 * kClockErrorMax / 1ms)};
            process->set_clock_error(error - kClockErrorMax);
        }
    }
}

void Shop::repair() {
    simulation_.faults().set_intensity(0);
    simulation_.network().mend_links();
    for (const auto& process : processes_) {
        process->set_clock_error(0us);
        process->crash_after(0);
    }
    simulation_.history().tell([] { return std::string{"nothing goes wrong any more"}; });
    street_->closing = true;
    const auto done = [this] {
        return clerk_->done() && till_->done() &&
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
    simulation_.run_for(redis_ ? Street::kStaleFor : 20s);
    look_back();
    for (auto& broken : finally_broken(*databases_, journal_, simulation_.now().unix_micros()))
        broken_.push_back(std::move(broken));
    // Seldom in earnest, as nothing else happens in that time.
    if (simulation_.choose(16) == 0) {
        simulation_.run_for(kHoldTime);
    } else {
        simulation_.skip_wall_time(kHoldTime);
    }
    simulation_.run_for(kUntilReservationsExpire);
    for (auto& broken : finally_broken(*databases_, journal_, simulation_.now().unix_micros()))
        broken_.push_back(std::move(broken));
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
