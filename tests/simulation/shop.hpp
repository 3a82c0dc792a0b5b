#pragma once

#include "kit/simulation/process.hpp"
#include "kit/simulation/redis_model.hpp"
#include "kit/simulation/runner.hpp"
#include "kit/simulation/simulation.hpp"
#include "kit/testing/quiet_telemetry.hpp"
#include "tests/simulation/books.hpp"
#include "tests/simulation/checkout_invariants.hpp"
#include "tests/simulation/customer.hpp"
#include "tests/simulation/journal.hpp"
#include "tests/simulation/merchant.hpp"
#include "tests/simulation/provider_model.hpp"
#include "tests/simulation/stumbling_store.hpp"
#include "tests/simulation/watcher.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::shop {

/// The databases of a shop, whatever their engine.
class Databases : public Books {
 public:
    /// Writes past everything under test, as whoever damages a database does; `module` has been opened. Returns false, and has
    /// done nothing, while a transaction of somebody else locks the database.
    virtual bool write(std::string_view module, const std::string& statement) = 0;
    /// Opens a module's database for a process, as often as that starts.
    virtual Result<std::unique_ptr<sql::Store>> open(std::string_view module, const std::string& process,
                                                     WorkerPool& workers) = 0;
    /// The process has crashed, which has these modules.
    virtual void cut(const std::vector<std::string>& modules, const std::string& process) = 0;
    /// A text without what differs from run to run.
    virtual std::string clean(std::string text) const { return text; }
    /// What was wrong with a change at the moment of its commit. Each is told once.
    virtual std::vector<std::string> take_broken() { return {}; }
    /// Loops of which the drivers watch descriptors.
    virtual bool watches_descriptors() const { return false; }
};

/// How a shop is laid out.
enum class Layout : std::uint8_t {
    one_process,  ///< `tradewind up`: all in one, on SQLite
    apart,        ///< a process for each module, each on SQLite; two gateways
    replicas,     ///< three processes for each module, on PostgreSQL; two gateways
};

/// The product's modules, with the names and in the order of the program.
std::span<const runtime::ModuleSpec> modules();

/// A shop that is simulated from its opening to its end.
class Shop {
 public:
    Shop(simulation::Simulation& simulation, Layout layout);
    ~Shop();
    Shop(const Shop&) = delete;
    Shop& operator=(const Shop&) = delete;

    /// All that happens in a run, in order: open, sell while things go wrong, repair, settle, close. Broken promises are added to
    /// the outcome as they are found.
    void live(simulation::RunOutcome& outcome, bool with_faults);

 private:
    void lay_out();
    void add_process(const std::string& name, std::vector<std::string> modules);
    bool open();
    void sell(bool with_faults);
    void repair();
    /// Runs until this time, at least.
    void run_until_after(std::chrono::nanoseconds time);
    void settle();
    void look_back();
    void check_service();
    std::vector<std::string> visit();
    Task<void> visit_once(rpc::Channel& channel, std::optional<std::string>& failure);
    void close();
    void disturb();
    void stumble(const std::string& name);
    /// What happens in the process right after it has written.
    AfterWrite after_write(const std::string& process, std::string_view module);
    bool cache_has_failed() const;
    bool news_may_be_lost() const;
    EventPromises event_promises() const;
    void check_watched();
    std::vector<std::string> watch_again();
    bool damage();
    void check_always();
    void check_finally();
    void add_clients();
    std::unique_ptr<rpc::Channel> channel(std::uint64_t number);
    bool all_serve() const;
    void expect(bool holds, const std::string& promise) {
        if (!holds) broken_.push_back(promise);
    }

    simulation::Simulation& simulation_;
    Layout layout_;
    std::optional<simulation::RedisModel> redis_;
    /// Whether events go over streams in Redis.
    bool events_by_redis_ = false;
    std::unique_ptr<Databases> databases_;
    ProviderModel provider_;
    EndedFlows ended_flows_;
    std::int64_t payment_window_seconds_;
    /// The loops of a process that is a replica.
    std::size_t loops_;
    double stumble_chance_;
    double operator_chance_;
    std::vector<std::unique_ptr<simulation::Process>> processes_;
    std::vector<std::string> gateways_;
    Journal journal_;
    test::QuietTelemetry telemetry_;
    simulation::Owner street_owner_{.name = "street"};
    std::optional<EventLoop> street_loop_;
    std::optional<Street> street_;
    std::optional<Gate> gate_;
    std::unique_ptr<Clerk> clerk_;
    std::unique_ptr<Till> till_;
    std::unique_ptr<Merchant> merchant_;
    /// Null if nobody watches orders.
    std::unique_ptr<Watcher> watcher_;
    std::vector<std::unique_ptr<Customer>> customers_;
    std::uint64_t watched_orders_ = 0;
    int visitors_ = 0;
    int damaged_ = 0;
    /// Whether a row is still to be damaged, because the database was locked.
    bool damage_due_ = false;
    std::vector<std::string> broken_;
};

}  // namespace tw::shop
