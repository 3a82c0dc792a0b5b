#pragma once

#include "kit/simulation/postgres/postgres_backend.hpp"
#include "kit/simulation/postgres_model.hpp"
#include "kit/simulation/scheduler.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <vector>

namespace tw::simulation {

/// The part of the modelled server outside its sessions: it accepts connections, knows which
/// session waits for which, and decides on faults of all sessions.
class PostgresPostmaster : public std::enable_shared_from_this<PostgresPostmaster> {
 public:
    PostgresPostmaster(Scheduler& scheduler, PostgresModel::Options options);
    ~PostgresPostmaster();
    PostgresPostmaster(const PostgresPostmaster&) = delete;
    PostgresPostmaster& operator=(const PostgresPostmaster&) = delete;

    const std::string& socket_name() const { return socket_name_; }
    PostgresEngine& engine() { return engine_; }
    const PostgresModel::Options& options() const { return options_; }

    /// The scheduler calls this to read what has come. Returns true if there was something.
    bool poll();
    void serve_blocking(const std::function<void()>& body);

    // These functions are for the sessions.
    void later(std::chrono::nanoseconds delay, std::move_only_function<void()> then);
    /// Tells that something was written to a client with this application_name, or that its
    /// connection was closed.
    void descriptors_changed(const std::string& application) {
        if (!blocking_) scheduler_.descriptors_changed(options_.owner_of ? options_.owner_of(application) : application);
    }
    bool happens(std::string_view kind, double chance, std::string_view what = {});
    std::uint64_t pick(std::uint64_t below) { return blocking_ ? 0 : scheduler_.faults().pick(below); }
    std::uint64_t choose(std::uint64_t below) { return blocking_ ? 0 : scheduler_.choose(below); }
    SteadyTime steady_now() const { return blocking_ ? SteadyTime{} : scheduler_.steady_now(); }
    std::int64_t now_micros() const { return blocking_ ? blocking_now_ : scheduler_.now().unix_micros(); }
    bool blocking() const { return blocking_; }
    template <class Make>
    void tell(Make make) {
        if (!blocking_) scheduler_.history().tell([&] { return options_.place + ": " + make(); });
    }
    std::uint64_t next_wait() { return ++waits_; }
    void ended(TransactionId transaction);
    /// Returns whether this session waits for itself in the end.
    bool in_deadlock(const PostgresBackend& backend) const;
    /// Counts a deadlock if this session, which begins to wait, closes a cycle.
    void look_for_deadlock(const PostgresBackend& backend) { deadlocks_ += in_deadlock(backend) ? 1 : 0; }
    std::size_t deadlocks() const { return deadlocks_; }
    void keep_input(const std::string& bytes) {
        if (options_.keeps_input) input_ += bytes;
    }
    bool was_sent(std::string_view bytes) const;
    std::string name_of(TransactionId transaction) const;
    void cancel(int pid);
    /// Returns why the server refuses a connection that comes now.
    std::optional<SqlError> refuse_connection();
    bool read_only() const { return read_only_; }
    std::size_t sessions() const;
    std::size_t open_transactions() const;

    // These functions are faults of the whole server.
    void crash();
    void set_read_only(bool read_only);
    void terminate_all();
    void cut_off(const std::string& application);
    bool is_cut_off(const std::string& application) const { return cut_off_.contains(application); }

 private:
    bool accept();
    bool receive_all(int wait_millis);
    bool receive_ready();
    void watch(int descriptor, int session);
    void sweep();
    void maybe_misfortune();
    void serve_until(const std::atomic<bool>& stop);
    void run_immediate();

    Scheduler& scheduler_;
    PostgresModel::Options options_;
    PostgresEngine engine_;
    std::string socket_name_;
    int listening_ = -1;
    /// Wakes the thread that serves a blocking call.
    int wake_ = -1;
    /// Tells which sessions have something to read. 0 is the socket that listens.
    int ready_ = -1;
    std::vector<epoll_event> events_;
    int sessions_ = 0;
    std::vector<std::shared_ptr<PostgresBackend>> backends_;
    std::uint64_t waits_ = 0;
    std::size_t deadlocks_ = 0;
    /// All data that clients have sent and sessions have read, if the options say that it is kept.
    std::string input_;
    std::set<std::string> cut_off_;
    bool read_only_ = false;
    bool recovering_ = false;
    SteadyTime next_misfortune_{};

    bool blocking_ = false;
    std::int64_t blocking_now_ = 0;
    /// Sessions before this index are not served during a blocking call.
    std::size_t blocking_from_ = 0;
    std::deque<std::move_only_function<void()>> immediate_;
    std::vector<TransactionId> ended_meanwhile_;
};

}  // namespace tw::simulation
