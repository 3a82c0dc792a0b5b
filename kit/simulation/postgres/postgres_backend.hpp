#pragma once

#include "kit/base/clock.hpp"
#include "kit/simulation/postgres/postgres_engine.hpp"
#include "kit/simulation/postgres/postgres_wire.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tw::simulation {

class PostgresPostmaster;

/// One session of the modelled server: its end of the connection, the protocol, and its current
/// statement.
///
/// A client's messages arrive after a delay, and so do the answers. A statement takes a moment. A
/// COMMIT takes as long as a disk does, becomes durable at one moment within that time, and is
/// answered later.
class PostgresBackend final : public PostgresHost, public std::enable_shared_from_this<PostgresBackend> {
 public:
    /// The session owns the descriptor.
    PostgresBackend(PostgresPostmaster& postmaster, int descriptor, int number);
    ~PostgresBackend() override;

    int descriptor() const { return descriptor_; }
    /// Returns the bytes that the client has sent and the session has not read.
    std::string unread() const;
    int number() const { return number_; }
    bool gone() const { return descriptor_ < 0 && ended_; }
    /// Returns whether the session still reads from its client.
    bool listens() const { return descriptor_ >= 0 && !end_of_input_ && !half_open_; }
    bool counts() const { return started_ && !ended_; }
    const std::string& application() const override { return application_; }
    bool in_block() const { return in_block_ && !ended_; }
    bool is_half_open() const { return half_open_; }

    /// Reads what has come on the socket. Returns false if there is nothing.
    bool receive();
    /// Writes the bytes for which the socket had no room.
    bool write_rest();
    bool has_rest() const { return descriptor_ >= 0 && !unwritten_.empty(); }

    /// Cancels the current statement, or the next one if it has already arrived.
    void interrupt(SqlError why);
    /// Ends the session with an error. A COMMIT that cannot be stopped ends first.
    void terminate(SqlError why);
    /// Breaks the connection without a message.
    void cut();
    /// Ends the session because the server crashes. The current statement is stopped. `notice` is
    /// sent first if there is time for one.
    void quit(const std::optional<SqlError>& notice);
    void make_read_only() { read_only_ = true; }

    /// Returns the transaction for whose end the session waits; 0 if it does not wait.
    TransactionId waits_for() const { return waits_for_; }
    std::uint64_t waits_since() const { return waits_since_; }
    TransactionId transaction() const { return transaction_ ? transaction_->id : 0; }
    /// Tells that the transaction for which the session waits has ended.
    void wake();

    // PostgresHost
    int backend_pid() const override;
    std::int64_t transaction_time() const override { return transaction_began_; }
    std::string set_local(const std::string& name, const std::string& value) override;
    void sleep(double seconds) override;

 private:
    using Plan = std::shared_ptr<const PostgresPlan>;
    struct Settings {
        std::chrono::milliseconds statement_timeout{0};
        std::chrono::milliseconds lock_timeout{0};
        std::chrono::milliseconds idle_in_transaction{0};
    };
    /// The statement that is running or was bound last.
    struct Work {
        Plan plan;
        Cells parameters;
        std::vector<int> formats;
    };

    // Input.
    void arrive(const std::string& bytes, bool end);
    void go_on();
    void rest();
    void handle(const PostgresMessage& message);
    void start(const PostgresMessage& message);
    void greet(PostgresReader& reader);
    void take_options(std::string_view options);
    void parse(PostgresReader reader);
    void bind(PostgresReader reader);
    void describe(PostgresReader reader);
    void sync();
    void next_of_script();

    // Statements.
    void work(Work work);
    void execute();
    void execute_control();
    void run();
    void begin_transaction();
    void limit_time();
    void wait(const PostgresEngine::Waits& waits);
    void complete(const PostgresEngine::Done& done);
    void finish(std::string_view tag);
    void answer_rows(const PostgresEngine::Done& done);
    void describe_rows(const Work& work);
    std::optional<SqlError> refuse_by_state() const;
    void fail(const SqlError& error);

    // The end of a transaction.
    void commit();
    void write_log();
    void become_durable();
    void end_transaction(bool without_standby);
    void after_commit();
    void roll_back();
    void end_block();

    // Output and the end of the session.
    void flush();
    void send(const std::string& bytes);
    void ready();
    void die(const SqlError& last_word);
    void stop();
    void close();
    void later(std::chrono::nanoseconds delay, void (PostgresBackend::*then)());
    /// Runs `then` after the delay, unless the session continues with something else before.
    void unless_moved_on(std::chrono::nanoseconds delay, std::move_only_function<void()> then);
    std::chrono::nanoseconds network_delay();
    std::string name() const;

    PostgresPostmaster& postmaster_;
    int descriptor_;
    const int number_;

    std::string unparsed_;
    std::deque<PostgresMessage> messages_;
    SteadyTime last_arrival_{};
    bool end_of_input_ = false;
    bool no_more_comes_ = false;
    bool half_open_ = false;
    PostgresWriter out_;
    std::string unwritten_;
    SteadyTime last_departure_{};

    std::string application_;
    bool started_ = false;
    bool ended_ = false;
    bool read_only_ = false;
    Settings session_;
    Settings settings_;
    std::map<std::string, Plan, std::less<>> prepared_;
    Work bound_;
    std::deque<std::string> script_;

    std::unique_ptr<PostgresTransaction> transaction_;
    std::int64_t transaction_began_ = 0;
    /// True between BEGIN and COMMIT.
    bool in_block_ = false;
    bool block_reads_only_ = false;
    bool failed_ = false;
    bool skips_to_sync_ = false;
    /// True while a simple query runs. Its statements are in `script_`.
    bool simple_ = false;

    bool going_on_ = false;
    bool busy_ = false;
    /// True while a cancellation can stop the current statement.
    bool stoppable_ = false;
    bool committing_ = false;
    bool sync_follows_ = false;
    Work current_;
    SteadyTime statement_began_{};
    std::optional<double> sleep_;
    /// Counts the steps of the session, so that timers of an earlier step have no effect.
    std::uint64_t moves_ = 0;
    TransactionId waits_for_ = 0;
    std::uint64_t waits_since_ = 0;
    std::optional<SqlError> interrupted_;
    std::optional<SqlError> last_word_;
};

}  // namespace tw::simulation
