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

/// The program of a simulated process, its modules and its settings.
struct ProcessSpec {
    /// The name of the process, such as "order-1".
    std::string name;
    /// The name of the program, as runtime::ProgramName takes it.
    std::string program = "simulated";
    /// The address of the process's own host, an IP literal. Each module listens there on its usual
    /// port.
    std::string address;
    /// All modules of the program, even those that run in other processes.
    std::span<const runtime::ModuleSpec> known;
    /// The modules that the process runs, in order.
    std::vector<std::string> modules;
    std::size_t loops = 2;
    /// Settings by key, such as "order.url". Other settings have the program's defaults.
    std::map<std::string, std::string> settings;
    /// Makes a module at each start, instead of ModuleSpec::make. For modules that use parts of the
    /// simulated world other than network and databases. If it returns null, ModuleSpec::make makes
    /// the module.
    std::function<std::unique_ptr<runtime::Module>(std::string_view module)> make_module;
    /// Opens a module's database at each start. After `cut_stores` a process that has crashed must
    /// not reach the database any more.
    std::function<Result<std::unique_ptr<sql::Store>>(std::string_view module, WorkerPool& workers)> open_store;
    /// Called when the process has crashed. From then on the databases that the process has open
    /// are unusable, and its operations on them have no effect.
    std::function<void()> cut_stores;
    /// Removes from a line of the log the parts that differ from run to run, such as the name of a
    /// PostgresModel's socket.
    std::function<std::string(std::string line)> clean_log{};
    /// Whether the databases' drivers watch file descriptors of the system on the process's loops
    /// (Scheduler::watch_descriptors).
    bool watches_descriptors = false;
    /// The policies that apply to the calls of the process's modules.
    runtime::PolicyLists policies{};
};

/// One process of the simulation, which starts, stops, crashes and starts again. It runs the
/// modules of the real program with kit/runtime, on loops, workers, network and databases of the
/// simulation. It leaves out what kit/runtime/host/process.hpp does with the machine: signals,
/// files, sockets, the operations port and the export of telemetry.
///
/// A crash cuts all connections, databases and work of the process at once, at any point of its
/// code. Its objects are destroyed later, as C++ demands, but no other process can notice that.
class Process {
 public:
    enum class State : std::uint8_t { down, starting, serving, draining };

    /// `simulation`, and everything that `spec` refers to, outlive the process.
    Process(Simulation& simulation, ProcessSpec spec);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    const ProcessSpec& spec() const { return spec_; }
    State state() const;
    /// Returns whether the process is ready, as /ready does.
    bool ready() const;

    /// Begins to start, if the process is down. A process that cannot start is down again after its
    /// failure.
    void start();
    /// Begins to drain, as on SIGTERM. The process goes down when that has ended.
    void stop();
    /// Crashes at once.
    void crash();
    /// Crashes after the given number of turns of its loops and workers, between two turns. So a
    /// crash may come at any await of the process. 0 cancels an earlier call.
    void crash_after(std::uint64_t turns);
    /// Pauses the process for a time, as SIGSTOP does.
    void pause(std::chrono::nanoseconds time);
    /// Makes its wall clock wrong by this error from now on.
    void set_clock_error(std::chrono::microseconds error);

    /// Returns the number of earlier lives whose objects have not been destroyed yet, although they
    /// have ended for all others. It becomes 0 some time after a crash, unless the process leaks.
    std::size_t winding_down() const { return ending_.size(); }
    /// Returns why the last start failed; empty if it did not.
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
