#pragma once

#include "kit/async/lasting_gate.hpp"
#include "kit/rpc/call/served_call.hpp"
#include "kit/rpc/server.hpp"
#include "kit/rpc/service_table.hpp"
#include "kit/rpc/wire/message_stream.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tw::rpc {

class ServerCall;

/// How many calls of streaming methods there may be at once, since these may last: all of them, and those of one client. A limit
/// of connections that counts calls.
struct StreamShare {
    net::ConnectionCount count;
    net::ConnectionLimits limits;
};

/// What the calls of one server share. Lives as long as the last of them, since a handler that ignores its cancellation can
/// outlive the server.
struct ServerCore {
    EventLoop& loop;
    const ServiceTable& services;
    ServerLimits limits;
    LastingGate gate;
    /// Calls that ended, kept with their buffers for the next ones.
    std::vector<std::unique_ptr<ServerCall>> idle_calls;
    CallCounts calls{};
    std::optional<StreamShare> streams{};
};

/// What a connection lends its calls while their headers arrive.
struct CallOrigin {
    SteadyTime now;
    /// What a call that brings nothing of its own has as attributes: the peer's address.
    const std::shared_ptr<const CallAttributes>& attributes;
    /// The `:authority` that came last, shared by the calls, since it hardly ever changes.
    std::shared_ptr<const std::string>& authority;
    /// Who calls; null where nobody counts by it.
    const net::Address* peer = nullptr;
};

/// One gRPC call on the server: a stream that reads its own headers, runs the handler and answers. Is used again after its end.
class ServerCall final : public MessageStream, private ServerStream, private ServedCall {
 public:
    explicit ServerCall(const ServerLimits& limits)
        : MessageStream{limits.message_bytes_max, limits.response_bytes_max, Code::unimplemented} {}

    /// A fresh or used call. The caller attaches it to a stream at once; it goes back to the core by itself.
    static ServerCall& take(const std::shared_ptr<ServerCore>& core, const CallOrigin& origin);

 private:
    /// What the headers said wrong; the first thing counts.
    enum class Refusal : std::uint8_t { none, not_post, not_grpc, too_much_metadata, bad_timeout };
    class ContextFields;

    // net::H2Stream
    void on_field(std::string_view name, std::string_view value) override;
    void on_fields_end() override;
    void on_data(std::string_view bytes) override;
    void on_end() override;
    void on_close(net::H2Code code) override;
    // ServerStream
    Task<Result<bool>> read(Message& request) override;
    Task<Result<void>> write(const Message& response, WriteOptions options) override;
    // ServedCall
    Task<Result<void>> run(const CallContext& ctx) override;
    void on_outcome(Result<void> outcome) override;

    void on_pseudo_field(std::string_view name, std::string_view value);
    void on_context_field(std::string_view name, std::string_view value);
    bool refused();
    bool admitted();
    void note_answer(bool succeeded);
    void begin();
    void start_handler();
    void on_over(const Error& why);
    void take_message();

    void send_initial();
    void answer(const Result<void>& outcome);
    void answer_ok();
    void queue_response();
    void answer_error(const Error& error);
    /// Answers a call that no handler has begun: whatever is wrong with it, nothing was done.
    void refuse(Error error);
    void append_status(const Error& error);

    void pin() { ++pins_; }
    void unpin();
    void recycle();

    std::shared_ptr<ServerCore> core_;
    /// Only until the headers are complete.
    const CallOrigin* origin_ = nullptr;
    /// The open stream, the running handler, and whoever must not lose this object meanwhile.
    int pins_ = 0;

    const ServiceTable::Entry* entry_ = nullptr;
    Refusal refusal_ = Refusal::none;
    bool has_fields_ = false;
    /// The request says that it is something else than gRPC. One that says nothing is taken, as gRPC's core does.
    bool is_foreign_ = false;
    /// The handler runs.
    bool started_ = false;
    bool initial_sent_ = false;
    bool answered_ = false;
    /// The client reads gzip.
    bool accepts_gzip_ = false;
    /// The headers said that responses are packed.
    bool packs_ = false;
    std::optional<std::chrono::nanoseconds> timeout_;
    std::string unknown_path_;
    std::string traceparent_;
    std::string tracestate_;
    std::string idempotency_key_;
    std::string baggage_;
    std::shared_ptr<const std::string> authority_;
    Metadata request_metadata_;
    Metadata initial_metadata_;
    Metadata trailing_metadata_;
    /// The trailing metadata of an answer that was given while the handler runs, which may add to its own: fields that wait for
    /// the client to read keep views into these.
    Metadata sent_trailing_metadata_;

    /// Of a streaming call where they are counted.
    std::optional<net::ConnectionCount::Place> place_;
    std::optional<CancelScope> scope_;
    std::optional<CancelScope::Hook> hook_;
    /// Waits for the client to take its answer.
    std::optional<Timer> patience_;
    std::optional<CallContext> context_;
    std::optional<CallInfo> info_;
    /// Of unary calls: the request's bytes, in the decoder; the answer with its prefix.
    std::string_view request_;
    std::string response_;
    std::vector<net::H2Field> fields_;
    std::vector<net::H2Field> trailers_;
    std::vector<std::string> field_values_;
};

}  // namespace tw::rpc
