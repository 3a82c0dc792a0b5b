#pragma once

#include "kit/async/loop_group.hpp"
#include "kit/async/worker_pool.hpp"
#include "kit/runtime/loop_modules.hpp"
#include "kit/runtime/module_spec.hpp"
#include "kit/runtime/policies.hpp"
#include "kit/simulation/simulation.hpp"
#include "kit/sql/store.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tw::simulation {

/// What a simulated process runs, and with what.
struct ProcessSpec {
    /// "order-1"
    std::string name;
    /// Of the program, as runtime::ProgramName takes it.
    std::string program = "simulated";
    /// Of the host that it has for itself: an IP literal. Each module listens there on its usual port.
    std::string address;
    /// All modules of the program, those of other processes too.
    std::span<const runtime::ModuleSpec> known;
    /// The modules that it runs, in order.
    std::vector<std::string> modules;
    std::size_t loops = 2;
    /// By key, such as "order.url"; the defaults of the program otherwise.
    std::map<std::string, std::string> settings;
    /// Opens a module's database at each start; nobody who is to be cut off may reach it after `cut_stores`.
    std::function<Result<std::unique_ptr<sql::Store>>(std::string_view module, WorkerPool& workers)> open_store;
    /// The process has crashed: what it has open of its databases is of no use to it from now on, and has no effect.
    std::function<void()> cut_stores;
    /// Takes out of a line of the log what differs from run to run, such as the name of a PostgresModel's socket.
    std::function<std::string(std::string line)> clean_log{};
    /// Whether the databases' drivers watch descriptors of the system on the process's loops (Scheduler::watch_descriptors).
    bool watches_descriptors = false;
    /// What applies to the calls of its modules.
    runtime::PolicyLists policies{};
};

/// One process of the simulation, which starts, stops, crashes and starts again: the modules of the real program in the rooms of
/// kit/runtime, on loops, workers, network and databases of the simulation. Not in it are what kit/runtime/host/process.hpp does
/// with the machine: signals, files, sockets, the operations port and the export of telemetry.
///
/// A crash cuts everything that leads out of it at once, in the middle of whatever it does: connections, databases, work. What is
/// left ends in its own time, because C++ objects must, but nobody can notice.
class Process {
 public:
    enum class State : std::uint8_t { down, starting, serving, draining };

    /// Both outlive it.
    Process(Simulation& simulation, ProcessSpec spec);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    const ProcessSpec& spec() const { return spec_; }
    State state() const;
    /// As /ready says it.
    bool ready() const;

    /// Begins to start, where it is down. One that cannot start is down again after its failure.
    void start();
    /// Begins to drain, as on SIGTERM; the process goes down when that is done.
    void stop();
    /// At once.
    void crash();
    /// Between two turns of its loops and workers, so many from now: that is how a crash comes at whatever await the process has
    /// got to. 0: not at all, whatever was said before.
    void crash_after(std::uint64_t turns);
    /// Stands still for so long, as by SIGSTOP.
    void pause(std::chrono::nanoseconds time);
    /// Its wall clock is wrong by so much from now on.
    void set_clock_error(std::chrono::microseconds error);

    /// Lives that have ended for everybody else and still have something to end for themselves. None is left some time after a
    /// crash, or it leaks.
    std::size_t winding_down() const { return ending_.size(); }
    /// Why the last start failed; empty where it did not.
    const std::string& failure() const { return failure_; }

 private:
    class Life;
    struct HeldOwner;

    void cut_off(Life& life);
    void on_down(Life& life);
    void on_end(Life& life);

    Simulation& simulation_;
    ProcessSpec spec_;
    std::chrono::microseconds clock_error_{0};
    std::string failure_;
    std::unique_ptr<Life> life_;
    std::vector<std::unique_ptr<Life>> ending_;
};

}  // namespace tw::simulation
