#pragma once

#include "kit/async/one_shot.hpp"
#include "kit/sql/postgres/exchange.hpp"
#include "kit/sql/postgres/slot.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace tw::sql::pg {

class ReadTurn;

/// One statement that only reads, with its answer. It may be sent more than once.
struct Read {
    Read(const Statement& statement, std::vector<Value> parameters) : statement{statement}, parameters{std::move(parameters)} {}

    const Statement& statement;
    const std::vector<Value> parameters;
    OneShot<Result<Answer>> outcome;
    /// Whether the caller does not wait any more.
    bool abandoned = false;
    /// How often the read failed for a reason that a retry may repair, was skipped, and was lost
    /// with its connection.
    int failures = 0;
    int skips = 0;
    std::size_t losses = 0;
    /// The turn and the connection that the read is under way in. An earlier turn may still get an
    /// answer for a read that was sent again.
    const ReadTurn* turn = nullptr;
    PipelinedConnection* link = nullptr;
    /// Whether it has its outcome and is not counted any more.
    bool finished = false;
};

/// The connections that a loop's reads are pipelined on ("lines"). Commits borrow one of them. The
/// reads of one turn of the loop are sent in one piece with one Sync, because libpq 15 writes at
/// each Sync. A read that fails therefore makes the server skip those after it, and these are sent
/// again.
class ReadLines {
 public:
    ReadLines(PoolParts& parts, std::move_only_function<void()> changed);

    /// Starts connecting, so that the first request need not wait for it.
    void start();
    void close();

    /// Adds a read. Fails with DATABASE_BUSY when there are too many.
    Result<void> add(std::shared_ptr<Read> read);
    void give_up(Read& read);

    /// Lends a connection to a commit, or returns null if there is none. Reads use the other
    /// connections meanwhile, if there are any.
    std::shared_ptr<PipelinedConnection> lend();
    void give_back();
    /// Returns why no connection can carry a commit and none is being made, or null.
    const std::optional<Error>* write_failure() const;

 private:
    friend ReadTurn;
    enum class Purpose : bool { read, write };

    void changed();
    void dispatch();
    void send(const std::shared_ptr<PipelinedConnection>& link, std::vector<std::shared_ptr<Read>> reads);
    std::shared_ptr<PipelinedConnection> choose(Purpose purpose) const;
    const std::optional<Error>* failure(Purpose purpose) const;
    void report_health();
    void again(std::shared_ptr<Read> read);
    void again_later(std::shared_ptr<Read> read);
    void finish(Read& read, Result<Answer> outcome);
    void fail_all(const Error& why);

    PoolParts& parts_;
    std::move_only_function<void()> changed_;
    std::vector<std::unique_ptr<Slot>> slots_;
    std::shared_ptr<PipelinedConnection> lent_;
    std::vector<std::shared_ptr<Read>> queue_;
    std::vector<std::shared_ptr<Read>> later_;
    /// How many reads are queued or under way, that is not finished.
    std::size_t reads_ = 0;
    LoopHealth health_;
    bool closed_ = false;
    TurnEnd turn_end_;
    Timer later_timer_;
};

}  // namespace tw::sql::pg
