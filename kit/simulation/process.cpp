#include "kit/simulation/process.hpp"

#include "kit/async/gate.hpp"
#include "kit/async/one_shot.hpp"
#include "kit/async/sleep.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/health_registry.hpp"
#include "kit/runtime/module_instance.hpp"
#include "kit/telemetry/log.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace tw::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kHttpPort = 8080;
constexpr std::chrono::seconds kLastTurns{30};

/// Writes warnings and errors of the program as lines of the history.
class HistoryLogs final : public telemetry::LogSink {
 public:
    HistoryLogs(History& history, const ProcessSpec& spec) : history_{history}, spec_{spec} {}
    telemetry::LogStyle style() const override { return telemetry::LogStyle::plain; }
    void write(std::string_view line) override {
        history_.tell([&] {
            return fmt::format("{} logs: {}", spec_.name,
                               spec_.clean_log ? spec_.clean_log(std::string{line}) : std::string{line});
        });
    }

 private:
    History& history_;
    const ProcessSpec& spec_;
};

runtime::Config read_config(const ProcessSpec& spec) {
    runtime::Sources sources;
    for (const auto& [key, value] : spec.settings) sources.flags.push_back({.key = key, .value = value, .origin = "simulation"});
    const runtime::ProgramName program{spec.program};
    auto config = runtime::Config::read(program, runtime::all_settings(program, spec.known, "data"), sources);
    if (config) return std::move(*config);
    std::string why = config.error().detail();
    for (const auto& violation : config.error().violations()) why += "; " + violation.detail;
    throw std::invalid_argument{spec.name + ": " + why};
}

}  // namespace

/// An owner that the scheduler forgets when the object is destroyed.
struct Process::HeldOwner {
    Simulation& simulation;
    Owner owner;
    ~HeldOwner() { simulation.forget(owner); }
};

/// The process from one start to the end that follows it.
class Process::Life {
 public:
    Life(Process& process, std::unique_ptr<HeldOwner> owner)
        : owner_{std::move(owner)},
          process_{process},
          logs_{process.simulation_.history(), process.spec_},
          config_{read_config(process.spec_)},
          loops_{process.spec_.loops},
          workers_{1},
          caches_{clock_},
          context_{config_, process.spec_.known, "simulated", clock_, workers_, loops_, health_, caches_} {
        context_.policies = process.spec_.policies;
        if (auto redis = runtime::SharedCaches::redis_settings(config_); redis) caches_.redis = std::move(*redis);
        caches_.key_prefix = config_.program().key_prefix();
        for (std::size_t i = 0; i < loops_.size() && process.spec_.watches_descriptors; ++i) {
            process.simulation_.watch_descriptors(loops_.at(i));
        }
        for (const auto& name : process.spec_.modules) {
            const auto& known = process.spec_.known;
            const auto spec = std::ranges::find(known, name, &runtime::ModuleSpec::name);
            if (spec == known.end()) throw std::invalid_argument{"there is no module " + name};
            auto module = process.spec_.make_module ? process.spec_.make_module(name) : nullptr;
            if (!module) module = spec->make();
            telemetry::Logger log{std::string{module->service_name()}, clock_, logs_, level_};
            modules_.push_back(
                std::make_unique<runtime::ModuleInstance>(*spec, std::move(module), context_, std::move(log), recorders_));
            health_.add(modules_.back()->module());
        }
    }

    /// A process that was told to end may be paused, and then learns of it late.
    State state() const { return told_ ? State::draining : state_; }
    bool ready() const { return state() == State::serving && health_.overall().ready; }
    Owner& owner() { return owner_->owner; }

    /// Begins the life, and tells the process when it has ended.
    void begin() {
        loops_.at(0).post([this] { spawn(gate_, live()); });
    }
    void drain() { tell_end(); }
    void cut();

 private:
    Task<void> live();
    Task<Result<void>> come_up();
    Task<void> go_down();
    Result<void> open_stores();
    Task<void> drain_rooms(Deadline deadline);
    bool handlers_at_work() const;
    Task<void> handlers_ended();
    runtime::LoopModules& modules_of(const EventLoop& loop);
    void listen();
    void stop_listening();
    void tell_end();

    /// This member comes first, so that it is destroyed last.
    std::unique_ptr<HeldOwner> owner_;
    Process& process_;
    SystemClock clock_;
    HistoryLogs logs_;
    std::shared_ptr<std::atomic<telemetry::Severity>> level_ =
        std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::warn);
    runtime::Config config_;
    LoopGroup loops_;
    WorkerPool workers_;
    runtime::HealthRegistry health_;
    runtime::SharedCaches caches_;
    runtime::ProcessContext context_;
    runtime::ServiceRecorders recorders_;
    std::map<std::string, std::unique_ptr<sql::Store>, std::less<>> stores_;
    std::vector<std::unique_ptr<runtime::ModuleInstance>> modules_;
    std::size_t prepared_ = 0;
    std::vector<std::unique_ptr<runtime::LoopModules>> loop_modules_;
    std::vector<SimulatedNetwork::ListenerId> listeners_;
    State state_ = State::starting;
    bool crashed_ = false;
    bool told_ = false;
    OneShot<bool> end_;
    Gate gate_;
};

void Process::Life::tell_end() {
    if (std::exchange(told_, true)) return;
    loops_.at(0).post([this] { end_.set(true); });
}

void Process::Life::cut() {
    crashed_ = true;
    tell_end();
}

Task<void> Process::Life::live() {
    const auto up = co_await come_up();
    if (up) {
        listen();
        health_.enter(runtime::HealthRegistry::Phase::serving);
        state_ = State::serving;
        process_.simulation_.history().tell([&] { return process_.spec_.name + " serves"; });
        co_await end_;
    } else {
        process_.failure_ = up.error().detail();
    }
    co_await go_down();
    process_.on_down(*this);
    // A real process has ended now. Here its connections, and the handlers that serve them, end in
    // later turns of the loops, at the latest when the time is over in which paused peers may
    // answer.
    RootCall call{loops_.at(0)};
    static_cast<void>(co_await sleep_for(call.context(), kLastTurns));
    // The event belongs to the world, since it destroys everything that belongs to this life.
    process_.simulation_.after(0ns, [&process = process_, this] { process.on_end(*this); });
}

Task<Result<void>> Process::Life::come_up() {
    if (auto opened = open_stores(); !opened) co_return opened;
    for (const auto& module : modules_) {
        ++prepared_;
        if (auto done = co_await module->module().prepare(*module); !done) co_return done;
        if (told_) co_return cancelled();
    }
    loop_modules_.resize(loops_.size());
    for (std::size_t i = 0; i < loop_modules_.size(); ++i) {
        co_await hop_to(loops_.at(i));
        loop_modules_[i] = std::make_unique<runtime::LoopModules>(i, context_);
        const auto opened = loop_modules_[i]->open(modules_);
        co_await hop_to(loops_.at(0));
        if (!opened) co_return opened;
    }
    if (told_) co_return cancelled();
    co_return Result<void>{};
}

Result<void> Process::Life::open_stores() {
    for (const auto& module : modules_) {
        if (module->spec().schema == nullptr) continue;
        auto opened = process_.spec_.open_store(module->spec().name, workers_);
        if (!opened) return std::move(opened).error();
        auto& store = stores_[std::string{module->spec().name}];
        store = std::move(*opened);
        module->use(*store);
    }
    return {};
}

runtime::LoopModules& Process::Life::modules_of(const EventLoop& loop) {
    std::size_t index = 0;
    while (&loops_.at(index) != &loop) ++index;
    return *loop_modules_[index];
}

void Process::Life::listen() {
    auto& network = process_.simulation_.network();
    const auto& host = process_.spec_.address;
    for (const auto& module : modules_) {
        const auto name = module->spec().name;
        if (module->spec().grpc_port != 0) {
            const auto serve = [this, name](EventLoop& loop, std::unique_ptr<net::Stream> stream) {
                modules_of(loop).serve_rpc(name, std::move(stream));
            };
            listeners_.push_back(network.listen(owner(), loops_, {host, module->spec().grpc_port}, serve));
        }
        if (module->spec().serves_http) {
            const auto serve = [this](EventLoop& loop, std::unique_ptr<net::Stream> stream) {
                modules_of(loop).serve_http(std::move(stream));
            };
            listeners_.push_back(network.listen(owner(), loops_, {host, kHttpPort}, serve));
        }
    }
}

void Process::Life::stop_listening() {
    for (const auto listener : std::exchange(listeners_, {})) process_.simulation_.network().close(listener);
}

/// Does what runtime::Process::stop does, without the parts that concern the machine.
Task<void> Process::Life::go_down() {
    auto& loop = loops_.at(0);
    const bool served = state_ == State::serving;
    state_ = State::draining;
    health_.enter(runtime::HealthRegistry::Phase::draining);
    const auto begun = loop.now();
    const auto shutdown = runtime::shutdown_settings(config_);
    if (served && !crashed_) {
        RootCall grace{loop, Deadline::after(begun, shutdown.grace)};
        static_cast<void>(co_await sleep_for(grace.context(), shutdown.grace));
    }
    stop_listening();
    const auto end = Deadline::after(begun, shutdown.time);
    co_await drain_rooms(crashed_ ? Deadline::at(begun) : end);
    for (; prepared_ > 0; --prepared_) co_await modules_[prepared_ - 1]->module().drain(crashed_ ? Deadline::at(begun) : end);
    // A real process would end now, even with running handlers. Here they must end before the
    // objects that they refer to are destroyed. A crash has already cut off this life. The next
    // life may have opened the databases since then, and must keep them.
    if (!crashed_ && handlers_at_work()) process_.cut_off(*this);
    co_await handlers_ended();
    for (std::size_t i = 0; i < loop_modules_.size(); ++i) {
        co_await hop_to(loops_.at(i));
        loop_modules_[i].reset();
    }
    co_await hop_to(loop);
}

Task<void> Process::Life::drain_rooms(Deadline deadline) {
    for (std::size_t i = 0; i < loop_modules_.size(); ++i) {
        if (!loop_modules_[i]) continue;
        co_await hop_to(loops_.at(i));
        static_cast<void>(co_await loop_modules_[i]->drain(deadline));
    }
    co_await hop_to(loops_.at(0));
}

bool Process::Life::handlers_at_work() const {
    return std::ranges::any_of(loop_modules_, [](const auto& room) { return room && room->handlers_at_work(); });
}

Task<void> Process::Life::handlers_ended() {
    RootCall call{loops_.at(0)};
    while (handlers_at_work()) static_cast<void>(co_await sleep_for(call.context(), 10ms));
}

Process::Process(Simulation& simulation, ProcessSpec spec) : simulation_{simulation}, spec_{std::move(spec)} {}

Process::~Process() {
    // A life that has not ended cannot be destroyed, since work refers to it. A run that gets here
    // has already failed.
    static_cast<void>(life_.release());
    for (auto& life : ending_) static_cast<void>(life.release());
}

Process::State Process::state() const { return life_ ? life_->state() : State::down; }

bool Process::ready() const { return life_ && life_->ready(); }

void Process::start() {
    if (life_) return;
    failure_.clear();
    simulation_.history().tell([&] { return spec_.name + " starts"; });
    auto held = std::make_unique<HeldOwner>(simulation_, Owner{.name = spec_.name, .clock_error = clock_error_});
    auto& owner = held->owner;
    simulation_.as(owner, [&] { life_ = std::make_unique<Life>(*this, std::move(held)); });
    life_->begin();
}

void Process::stop() {
    if (!life_ || life_->state() == State::draining) return;
    simulation_.history().tell([&] { return spec_.name + " is told to stop"; });
    life_->drain();
}

void Process::crash() {
    if (!life_) return;
    simulation_.history().tell([&] { return spec_.name + " crashes"; });
    cut_off(*life_);
    life_->owner().paused_until = SteadyTime::min();
    life_->cut();
    ending_.push_back(std::move(life_));
}

void Process::crash_after(std::uint64_t turns) {
    if (!life_) return;
    auto& owner = life_->owner();
    owner.turns_left = turns;
    owner.at_turn = [this, life = life_.get()] {
        // The rest of an earlier life takes turns, too, and must not crash this one.
        if (life_.get() == life) crash();
    };
}

void Process::set_clock_error(std::chrono::microseconds error) {
    clock_error_ = error;
    if (life_) life_->owner().clock_error = error;
}

void Process::pause(std::chrono::nanoseconds time) {
    if (life_) simulation_.pause(life_->owner(), time);
}

void Process::cut_off(Life& life) {
    simulation_.network().drop(life.owner());
    if (spec_.cut_stores) spec_.cut_stores();
}

void Process::on_down(Life& life) {
    if (life_.get() != &life) return;
    simulation_.history().tell([&] { return spec_.name + (failure_.empty() ? " has stopped" : " cannot start: " + failure_); });
    ending_.push_back(std::move(life_));
}

void Process::on_end(Life& life) {
    std::erase_if(ending_, [&](const auto& one) { return one.get() == &life; });
}

}  // namespace tw::simulation
