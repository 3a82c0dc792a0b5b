#include "tests/simulation/shop.hpp"

#include "kit/gateway/policies.hpp"
#include "kit/http/client.hpp"
#include "kit/rpc/make_network_channel.hpp"
#include "kit/runtime/policies.hpp"
#include "services/catalog/module.hpp"
#include "services/catalog/schema.hpp"
#include "services/gateway/module.hpp"
#include "services/order/module.hpp"
#include "services/order/schema.hpp"
#include "services/payment/module.hpp"
#include "services/payment/schema.hpp"
#include "services/user/module.hpp"
#include "services/user/schema.hpp"
#include "tests/simulation/checkout_invariants.hpp"
#include "tests/simulation/databases.hpp"
#include "tests/simulation/http_channel.hpp"
#include "tests/simulation/invariants.hpp"
#include "tests/simulation/operator.hpp"

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
    ModuleSpec{.name = "gateway", .make = &gateway_service::make_module, .serves_http = true},
};

/// How long an order waits for its payment. Where that is short, some orders expire while others are
/// paid.
constexpr std::array<std::int64_t, 4> kPaymentWindowsSeconds{15, 40, 60, 1'800};
/// How probable it is that a process crashes, or stands still, right after it has written. Some
/// shops do so often, so that it happens between any two writes of a flow.
constexpr std::array kStumbleChances{0.0, 0.0005, 0.0005, 0.008};
/// How probable it is that somebody cancels or retries a flow right after a process that has flows
/// has written.
constexpr std::array kOperatorChances{0.0, 0.0, 0.003, 0.03};
/// So many turns lie at most between a write and the crash.
constexpr std::uint64_t kTurnsAfterWriteMax = 8;
/// No clock is wrong by more.
constexpr std::chrono::seconds kClockErrorMax{30};
/// So many turns a busy process makes in a second or two.
constexpr std::uint64_t kTurnsToCrashMax = 400;

}  // namespace

std::span<const ModuleSpec> modules() { return kModules; }

Shop::Shop(simulation::Simulation& simulation, Layout layout)
    : simulation_{simulation},
      layout_{layout},
      provider_{simulation},
      payment_window_seconds_{kPaymentWindowsSeconds[simulation.choose(kPaymentWindowsSeconds.size())]},
      loops_{simulation.choose(4) == 0 ? std::size_t{2} : std::size_t{1}},
      stumble_chance_{kStumbleChances[simulation.choose(kStumbleChances.size())]},
      operator_chance_{kOperatorChances[simulation.choose(kOperatorChances.size())]} {
    // Without Redis each process keeps rows for itself.
    if (layout != Layout::one_process && simulation.choose(2) == 0) redis_.emplace(simulation);
    events_by_redis_ = redis_ && (simulation.seed() >> 4) % 2 == 1;
    databases_ = layout == Layout::replicas ? make_postgres_databases(simulation) : make_sqlite_databases(simulation);
    lay_out();
    simulation_.as(street_owner_, [&] { street_loop_.emplace(); });
    street_.emplace(simulation_, *street_loop_, journal_, *databases_);
    street_->cache_has_failed = [this] { return cache_has_failed(); };
    street_->news_may_be_lost = [this] { return news_may_be_lost(); };
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
            for (const std::string module : {"user", "catalog", "payment", "order"}) {
                for (const std::string number : {"-1", "-2", "-3"}) add_process(module + number, {module});
            }
            for (const std::string gateway : {"gateway-1", "gateway-2"}) add_process(gateway, {"gateway"});
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
    std::map<std::string, std::string> settings{{"profile", "production"}, {"http.requests_per_second_max", "0"}};
    for (const auto& module : kModules) {
        if (module.grpc_port != 0)
            settings[std::string{module.name} + ".url"] = fmt::format("{}:{}", module.name, module.grpc_port);
    }
    settings["order.payment_window_seconds"] = std::to_string(payment_window_seconds_);
    if (redis_) settings["redis.url"] = "redis://redis:6379/0";
    if (events_by_redis_) settings["events.bus"] = "redis";
    // Opened by us; but what is kept beside a database depends on whose it is.
    if (layout_ == Layout::replicas) settings["database.url"] = "postgresql://database/shop";
    simulation::ProcessSpec spec{.name = name,
                                 .program = "tradewind",
                                 .address = fmt::format("10.0.0.{}", processes_.size() + 1),
                                 .known = kModules,
                                 .modules = modules,
                                 .settings = std::move(settings)};
    spec.open_store = [this, name](std::string_view module, WorkerPool& workers) -> Result<std::unique_ptr<sql::Store>> {
        auto store = databases_->open(module, name, workers);
        if (!store) return store;
        return make_stumbling_store(std::move(*store), after_write(name, module));
    };
    spec.cut_stores = [this, modules, name] {
        databases_->cut(modules, name);
        provider_.cut(name);
    };
    spec.make_module = [this, name](std::string_view module) -> std::unique_ptr<runtime::Module> {
        if (module != "payment") return nullptr;
        return payment::make_module([this, name](EventLoop&) { return provider_.connect(name); });
    };
    spec.clean_log = [this](std::string line) { return databases_->clean(std::move(line)); };
    spec.watches_descriptors = databases_->watches_descriptors();
    // A service of three processes has six loops or three.
    if (layout_ == Layout::replicas) spec.loops = loops_;
    spec.policies.server = &runtime::server_policies;
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
    outcome.counts["checkouts"] = count_checkouts(*databases_);
    outcome.counts["orders that were watched"] = watched_orders_;
    outcome.counts["restocks"] = databases_->rows("catalog", "SELECT order_id FROM reservations WHERE restocked").size();
    outcome.counts["flows that another run has taken"] = databases_->rows("order", "SELECT id FROM flows WHERE fence > 1").size();
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
                // Some shelves are empty soon.
                for (std::uint64_t i = 0; i < count; ++i) {
                    const auto product = fmt::format("product-{}", i);
                    const auto pieces = shop.simulation_.choose(3) == 0 ? 10 + shop.simulation_.choose(60) : 500;
                    const bool filled = co_await shop.clerk_->open_shelf(product, static_cast<std::int64_t>(pieces));
                    fine = filled && fine;
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
    const auto count = 4 + simulation_.choose(8);
    for (std::uint64_t i = 0; i < count; ++i) {
        customers_.push_back(std::make_unique<Customer>(*street_, fmt::format("customer-{}", i), channel(i)));
    }
    till_ = std::make_unique<Till>(
        *street_, "till", rpc::make_network_channel(*street_loop_, *rpc::Target::parse("catalog:50054"), {}, telemetry_.get()));
    merchant_ = std::make_unique<Merchant>(*street_, "merchant", channel(simulation_.choose(6)));
    // In a third of the shops, so that others keep their histories.
    if (simulation_.seed() % 3 == 2) {
        rpc::ChannelOptions options;
        options.keepalive = {.time = 30s, .timeout = 20s};
        auto to_orders = rpc::make_network_channel(*street_loop_, *rpc::Target::parse("order:50052"), options, telemetry_.get());
        watcher_ = std::make_unique<Watcher>(*street_, "watcher", std::move(to_orders));
    }
    street_loop_->post([this] {
        for (const auto& customer : customers_) spawn(*gate_, customer->live());
        spawn(*gate_, till_->live());
        spawn(*gate_, merchant_->live());
        if (watcher_) spawn(*gate_, watcher_->live());
        spawn(*gate_, clerk_->live());
    });
}

void Shop::sell(bool with_faults) {
    simulation_.as(street_owner_, [this] { add_clients(); });
    // Some shops have a bad day, and some a very bad one.
    constexpr std::array kIntensities{0.2, 1.0, 1.0, 3.0};
    const auto intensity = kIntensities[simulation_.choose(kIntensities.size())];
    simulation_.faults().set_intensity(with_faults ? intensity : 0);
    const auto ticks = 8 + simulation_.choose(14);
    // Crowds meet more often, and quiet shops leave time for what comes late.
    constexpr std::array<std::uint64_t, 8> kPauses{30, 100, 100, 200, 200, 300, 300, 600};
    street_->pause_millis_max = kPauses[simulation_.choose(kPauses.size())];
    for (std::uint64_t tick = 0; tick < ticks && broken_.empty(); ++tick) {
        simulation_.run_for(500ms);
        disturb();
        check_always();
    }
}

void Shop::check_always() {
    for (auto& broken : always_broken(*databases_)) broken_.push_back(std::move(broken));
    for (auto& broken : always_broken_checkout(*databases_, provider_, event_promises())) broken_.push_back(std::move(broken));
    for (auto& broken : ended_flows_.look(*databases_)) broken_.push_back(std::move(broken));
    for (auto& broken : databases_->take_broken()) broken_.push_back(std::move(broken));
}

void Shop::check_finally() {
    const auto now = simulation_.now().unix_micros();
    for (auto& broken : finally_broken(*databases_, journal_, now)) broken_.push_back(std::move(broken));
    for (auto& broken : always_broken_checkout(*databases_, provider_, event_promises())) broken_.push_back(std::move(broken));
    for (auto& broken : ended_flows_.look(*databases_)) broken_.push_back(std::move(broken));
    for (auto& broken : databases_->take_broken()) broken_.push_back(std::move(broken));
}

/// Stores an overdue reservation whose row cannot be read. Every sweep of overdue reservations meets it.
bool Shop::damage() {
    return databases_->write(
        "catalog", fmt::format("INSERT INTO reservations (order_id, status, expires_at, created_at, updated_at) "
                               "SELECT 'damaged {}', status, created_at, created_at, updated_at FROM reservations LIMIT 1",
                               damaged_++));
}

/// So that an invalidation may not have come to Redis. Of the services, only that of the users keeps rows there.
bool Shop::cache_has_failed() const {
    return redis_ && std::ranges::any_of(simulation_.faults().coverage(), [](const auto& tried) {
               const auto& [kind, place] = tried.first;
               const bool of_users = place.starts_with("user") && (kind.starts_with("pause") || place.ends_with("redis"));
               return tried.second.happened > 0 && (of_users || place == "redis");
           });
}

/// Only Redis outlives a process that dies between a commit and its news.
bool Shop::news_may_be_lost() const {
    return cache_has_failed() || (redis_ && std::ranges::any_of(simulation_.faults().coverage(), [](const auto& tried) {
                                      const auto& [kind, place] = tried.first;
                                      return tried.second.happened > 0 && kind.starts_with("crash") && place.starts_with("user");
                                  }));
}

/// Events in Redis may overtake each other when another replica takes over, and they are lost with
/// the data of Redis.
EventPromises Shop::event_promises() const {
    if (!events_by_redis_) return {};
    const bool lost = std::ranges::any_of(simulation_.faults().coverage(), [](const auto& tried) {
        const auto& [kind, place] = tried.first;
        return tried.second.happened > 0 && place == "redis" && (kind == "gone" || kind == "flushed");
    });
    return {.in_order = false, .all_arrive = !lost};
}

void Shop::disturb() {
    auto& faults = simulation_.faults();
    // As if the world had slept: orders come to their end, and leases, too.
    if (faults.happens("time jump", "world", 0.05)) simulation_.skip_wall_time(std::chrono::seconds{5 + faults.pick(50)});
    damage_due_ = faults.happens("row damaged", "catalog", 0.02) || damage_due_;
    if (damage_due_) damage_due_ = !damage();
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

AfterWrite Shop::after_write(const std::string& process, std::string_view module) {
    if (module != "order") {
        return [this, process](const CallContext&, sql::Database&) -> std::optional<Task<void>> {
            stumble(process);
            return std::nullopt;
        };
    }
    return [this, process](const CallContext& ctx, sql::Database& database) -> std::optional<Task<void>> {
        stumble(process);
        if (!simulation_.faults().happens("flow canceled or retried", process, operator_chance_)) return std::nullopt;
        return operate_flows(ctx, database, telemetry_.get(), simulation_.faults(), simulation_.now());
    };
}

/// The process has written, and nobody has been told yet.
void Shop::stumble(const std::string& name) {
    auto& faults = simulation_.faults();
    const auto process = std::ranges::find(processes_, name, [](const auto& one) { return one->spec().name; });
    if (faults.happens("crash after a write", name, stumble_chance_))
        (*process)->crash_after(1 + faults.pick(kTurnsAfterWriteMax));
    if (faults.happens("pause after a write", name, stumble_chance_))
        (*process)->pause(std::chrono::milliseconds{100 + faults.pick(20'000)});
}

}  // namespace tw::shop
