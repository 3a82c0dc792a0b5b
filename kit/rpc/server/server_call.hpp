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

/// Limits how many calls of streaming methods are open at once, in total and per client, because
/// such calls may last long. A count of connections is used to count the calls.
struct StreamShare {
    net::ConnectionCount count;
    net::ConnectionLimits limits;
};

/// What the calls of one server share. It lives as long as the last of them, because a handler that
/// ignores its cancellation can outlive the server.
struct ServerCore {
    EventLoop& loop;
    const ServiceTable& services;
    ServerLimits limits;
    LastingGate gate;
    /// Calls that have ended. They are kept with their buffers and used again for later calls.
    std::vector<std::unique_ptr<ServerCall>> idle_calls;
    CallCounts calls{};
    std::optional<StreamShare> streams{};
};

/// What a call needs of its connection while its headers arrive.
struct CallOrigin {
    SteadyTime now;
    /// The attributes of a call whose headers add none: the client's address and identity.
    const std::shared_ptr<const CallAttributes>& attributes;
    /// The `:authority` that was received last. Calls share it, because it hardly ever changes.
    std::shared_ptr<const std::string>& authority;
    /// The client's address. Null if streaming calls are not counted.
    const net::Address* peer = nullptr;
};

/// One gRPC call on the server. It is a stream that reads its own headers, runs the handler and
/// answers. The object is used again for another call after its end.
class ServerCall final : public MessageStream, private ServerStream, private ServedCall {
 public:
    explicit ServerCall(const ServerLimits& limits)
        : MessageStream{limits.message_bytes_max, limits.response_bytes_max, Code::unimplemented} {}

    /// Returns a new call, or one that is used again. The caller must attach it to a stream at
    /// once. The call returns to the core by itself at its end.
    static ServerCall& take(const std::shared_ptr<ServerCore>& core, const CallOrigin& origin);

 private:
    /// What is wrong with the headers. One fault decides the answer.
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
    void send_head() override;
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
    /// Answers a call with an error before its handler has started. The error says that nothing was
    /// done.
    void refuse(Error error);
    void append_status(const Error& error);

    void pin() { ++pins_; }
    void unpin();
    void recycle();

    std::shared_ptr<ServerCore> core_;
    /// Null once the headers are complete.
    const CallOrigin* origin_ = nullptr;
    /// The number of reasons to keep the object alive: the open stream, the running handler, and
    /// functions that still use it.
    int pins_ = 0;

    const ServiceTable::Entry* entry_ = nullptr;
    Refusal refusal_ = Refusal::none;
    bool has_fields_ = false;
    /// Whether the content type says that the request is not gRPC. A request without a content type
    /// is served, as gRPC's core library does.
    bool is_foreign_ = false;
    /// Whether the handler is running.
    bool started_ = false;
    bool initial_sent_ = false;
    bool answered_ = false;
    /// Whether the client can read gzip.
    bool accepts_gzip_ = false;
    /// Whether the headers that were sent say that responses are compressed.
    bool compresses_ = false;
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
    /// A copy of the trailing metadata of an answer that was given while the handler runs. Fields
    /// that wait for the client to read keep views into the copy, and the handler may still add to
    /// its own metadata.
    Metadata sent_trailing_metadata_;

    /// The place of a streaming call in the count of StreamShare. Unset where such calls are not
    /// counted.
    std::optional<net::ConnectionCount::Place> place_;
    std::optional<CancelScope> scope_;
    std::optional<CancelScope::Hook> hook_;
    /// Resets the stream if the client does not read its answer in time.
    std::optional<Timer> answer_timer_;
    std::optional<CallContext> context_;
    std::optional<CallInfo> info_;
    /// Unary calls only: the bytes of the request, which are in the decoder.
    std::string_view request_;
    /// Unary calls only: the response with its prefix.
    std::string response_;
    std::vector<net::H2Field> fields_;
    std::vector<net::H2Field> trailers_;
    std::vector<std::string> field_values_;
};

}  // namespace tw::rpc
