#pragma once

#include "kit/async/one_shot.hpp"
#include "kit/sql/postgres/exchange.hpp"
#include "kit/sql/postgres/slot.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace tw::sql::pg {

class ReadTurn;

/// One statement that only reads, on its way to the server and back; it may be sent more than once.
struct Read {
    Read(const Statement& statement, std::vector<Value> parameters) : statement{statement}, parameters{std::move(parameters)} {}

    const Statement& statement;
    const std::vector<Value> parameters;
    OneShot<Result<Answer>> outcome;
    /// Nobody waits any more.
    bool abandoned = false;
    /// How often it failed for a reason that trying again may mend, was skipped, and was lost with its connection.
    int failures = 0;
    int skips = 0;
    int losses = 0;
    /// What it is under way in, and on which connection. A turn may still hear of a read that goes again in another.
    const ReadTurn* turn = nullptr;
    PipelinedConnection* link = nullptr;
    /// It has its outcome, and is not counted any more.
    bool finished = false;
};

/// The connections that a loop's reads are pipelined on, which commits borrow. The reads of one turn of the loop go out in one
/// piece with one Sync, because libpq 15 writes at each; so one that fails aborts those after it, and these are sent again.
class ReadLines {
 public:
    ReadLines(PoolParts& parts, std::move_only_function<void()> changed);

    /// Connects, so that the first request need not.
    void start();
    void close();

    /// DATABASE_BUSY when there are too many.
    Result<void> add(std::shared_ptr<Read> read);
    void give_up(Read& read);

    /// A line for a commit, which then has it to itself as far as others can take the reads; null where there is none.
    std::shared_ptr<PipelinedConnection> lend();
    void give_back();
    /// Why no line can carry a commit and none is about to.
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
    std::deque<std::shared_ptr<Read>> queue_;
    std::vector<std::shared_ptr<Read>> later_;
    /// Queued, or under way: those that are not finished.
    std::size_t reads_ = 0;
    LoopHealth health_;
    bool closed_ = false;
    TurnEnd turn_end_;
    Timer later_timer_;
};

}  // namespace tw::sql::pg
