#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/async/loop_mailbox.hpp"
#include "kit/base/error.hpp"
#include "kit/sql/postgres/exchange.hpp"
#include "kit/sql/postgres/libpq_handle.hpp"
#include "kit/sql/postgres/prepared_statements.hpp"
#include "kit/sql/postgres/socket_watch.hpp"
#include "kit/sql/postgres/value_codec.hpp"
#include "kit/sql/postgres_options.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tw::sql::pg {

/// One connection in pipeline mode: exchanges are sent as they are submitted and answered in that
/// order. A lost connection stays lost. It belongs to the loop. Hold it by shared_ptr, because its
/// owner may drop it inside one of its callbacks.
class PipelinedConnection : public std::enable_shared_from_this<PipelinedConnection> {
 public:
    /// `connection` is connected, non-blocking and in pipeline mode.
    PipelinedConnection(EventLoop& loop, std::shared_ptr<LoopMailbox> mailbox, LibpqConnection connection,
                        const PostgresOptions& options);
    ~PipelinedConnection();

    /// Starts to read. `lost` is called once, with the reason, when the connection is lost.
    void open(std::move_only_function<void(const Error&)> lost);
    /// Ends the exchanges under way as if the connection were lost, and does not call `lost`.
    void close();
    /// Makes sure that `lost` is not called any more.
    void forget_owner() { on_lost_ = nullptr; }
    bool usable() const { return usable_; }
    /// Reads what the server has sent already, such as the message that it ended the session. A
    /// command that is sent after such a message is lost, and often the message with it; nobody
    /// could then say whether the command ran.
    void look();

    /// Sends the exchange at once. On a connection that is not usable it ends inside the call, with
    /// a loss that says that nothing ran.
    void submit(std::shared_ptr<Exchange> exchange);
    /// The number of exchanges that have not ended.
    std::size_t under_way() const { return exchanges_; }
    /// Whether the session is known to be in a transaction, failed or not. The answer is exact when
    /// no exchange is under way.
    bool in_transaction() const;
    /// Whether the server refused a write because this session may only read. Another connection
    /// may be able to write.
    bool read_only() const { return read_only_; }
    /// Whether an exchange has been under way for so long that others should use another
    /// connection.
    bool stuck() const;
    /// Whether the server was ever asked to stop a statement. The request may still arrive at any
    /// time.
    bool was_cancelled() const { return cancelled_; }

    /// An exchange is no longer wanted. If the server is running it, and still is in a moment, the
    /// server is asked to stop. The request stops whatever the server is running when it arrives.
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
    std::shared_ptr<LoopMailbox> mailbox_;
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
    /// Why the command whose answer is next could not be prepared.
    std::optional<Error> unprepared_;
    /// How many bytes of the incomplete answer have been read.
    std::size_t partial_bytes_ = 0;
    bool partial_ = false;

    SteadyTime progress_{};
    Timer watchdog_;
    Timer cancel_timer_;
    /// Whether a request to stop is being sent.
    bool cancelling_ = false;
    /// Whether a request to stop has been sent and no answer has come since.
    bool stopping_ = false;
    bool cancelled_ = false;

    bool read_only_ = false;
    /// Why the connection ends when the exchange that is being answered has ended.
    std::optional<Error> doomed_;
    /// The server's notice about the COMMIT whose answer is next, if it leaves open whether the
    /// commit will last.
    std::optional<std::string> commit_doubt_;
};

}  // namespace tw::sql::pg
