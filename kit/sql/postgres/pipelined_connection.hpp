#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/base/error.hpp"
#include "kit/sql/postgres/exchange.hpp"
#include "kit/sql/postgres/libpq_handle.hpp"
#include "kit/sql/postgres/loop_mailbox.hpp"
#include "kit/sql/postgres/postgres_options.hpp"
#include "kit/sql/postgres/prepared_statements.hpp"
#include "kit/sql/postgres/socket_watch.hpp"
#include "kit/sql/postgres/value_codec.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tw::sql::pg {

/// One connection in pipeline mode: exchanges go out as they are submitted and are answered in that order. Once lost it stays
/// lost. Belongs to the loop; hold it by shared_ptr, because it may be let go of while it tells somebody something.
class PipelinedConnection : public std::enable_shared_from_this<PipelinedConnection> {
 public:
    /// `connection` is connected, non-blocking and in pipeline mode.
    PipelinedConnection(EventLoop& loop, std::shared_ptr<LoopMailbox> door, LibpqConnection connection,
                        const PostgresOptions& options);
    ~PipelinedConnection();

    /// Begins to listen. `lost` is called once, when the connection is, with the reason.
    void open(std::move_only_function<void(const Error&)> lost);
    /// Ends the exchanges under way as if the connection were lost, and does not call `lost`.
    void close();
    /// Nobody is to be told of its loss.
    void forget_owner() { on_lost_ = nullptr; }
    bool usable() const { return usable_; }
    /// Takes what has come from the server and was not looked at yet, such as the news that it ended the session. What is sent
    /// after that news is lost, and often the news with it, so that nobody could tell whether it ran.
    void look();

    /// Sends it at once. On a link that is not usable the exchange ends inside the call, with a loss that says that nothing ran.
    void submit(std::shared_ptr<Exchange> exchange);
    /// Exchanges that have not ended.
    std::size_t under_way() const { return exchanges_; }
    /// Whether the session is known to be in a transaction, failed or not. Exact when nothing is under way.
    bool in_transaction() const;
    /// The server refused a write because this session may only read; another connection may find that it may write.
    bool read_only() const { return read_only_; }
    /// Something has been under way for so long that others should not stand behind it.
    bool stuck() const;
    /// A request to stop may still arrive at any time.
    bool was_cancelled() const { return cancelled_; }

    /// An exchange has become unwanted. If it is what the server is busy with, and still is in a moment, the server is asked to
    /// stop. That hits whatever it is busy with when the word arrives.
    void give_up();

 private:
    struct Step {
        enum class Kind : std::uint8_t { forget_prepared, prepare, run, sync };
        Kind kind;
        std::size_t index;
        std::shared_ptr<Exchange> exchange;
    };

    bool send(const std::shared_ptr<Exchange>& exchange);
    bool make_room(const std::shared_ptr<Exchange>& exchange, std::size_t index);
    bool send_command(const std::shared_ptr<Exchange>& exchange, std::size_t index);
    void flush();
    void listen();
    void receive();
    std::size_t unread_bytes() const;
    void refuse_answer();
    void take_results();
    void handle(PGresult* result);
    void handle_end_of_session(PGresult* result);
    void handle_sync(const Step& step, PGresult* result);
    void handle_run(const Step& step, PGresult* result);
    void answer(const Step& step, Result<Answer> answer);
    void watch_over();
    static void take_notice(void* self, const PGresult* notice);
    void lose(Loss loss);
    void lose_from_libpq();
    void cancel();
    void cancel_if_stuck();

    EventLoop& loop_;
    std::shared_ptr<LoopMailbox> door_;
    LibpqConnection connection_;
    const PostgresOptions& options_;
    SocketWatch watch_;
    std::move_only_function<void(const Error&)> on_lost_;
    bool usable_ = true;
    bool writing_ = false;

    PreparedStatements prepared_;
    ParameterArrays arrays_;
    std::deque<Step> steps_;
    std::size_t exchanges_ = 0;
    /// Why the command that is next to be answered could not be prepared.
    std::optional<Error> unprepared_;
    /// Of an answer that is not complete yet.
    std::size_t partial_bytes_ = 0;
    bool partial_ = false;

    SteadyTime progress_{};
    Timer watchdog_;
    Timer cancel_timer_;
    /// The request to stop is on its way.
    bool cancelling_ = false;
    /// It has been sent, and nothing was heard since.
    bool stopping_ = false;
    bool cancelled_ = false;

    bool read_only_ = false;
    /// Why the connection ends when the exchange that is being answered has ended.
    std::optional<Error> doomed_;
    /// What the server said of the COMMIT that is next to be answered, if that leaves open whether it will last.
    std::optional<std::string> commit_doubt_;
};

}  // namespace tw::sql::pg
