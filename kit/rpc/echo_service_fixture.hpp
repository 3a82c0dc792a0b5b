#pragma once

#include "kit/async/one_shot.hpp"
#include "kit/rpc/service.hpp"

#include <span>
#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/wrappers.pb.h>

/// A service with all four shapes of calls, for the tests of this folder.
namespace tw::rpc::test {

using Text = google::protobuf::StringValue;

inline Text text(std::string value) {
    Text message;
    message.set_value(std::move(value));
    return message;
}

extern const Method kSay;
extern const Method kCount;
extern const Method kJoin;
extern const Method kChat;
/// Works like Say, but each call has an effect.
extern const Method kAct;
/// A method of the contract that no service implements.
extern const Method kLost;

class EchoService final : public Service {
 public:
    std::string_view service_name() const override { return "test.EchoService"; }
    std::span<const Handler> handlers() const override;

    /// Answers with the request's text. Some texts ask for something else; the function's
    /// definition lists them.
    Task<Result<Text>> say(const CallContext& ctx, const Text& request);
    /// Sends as many texts as the request's number says, each of `text_bytes` bytes.
    Task<Result<void>> count(const CallContext& ctx, const Text& request, Writer<Text>& writer);
    Task<Result<Text>> join(const CallContext& ctx, Reader<Text>& reader);
    Task<Result<void>> chat(const CallContext& ctx, Reader<Text>& reader, Writer<Text>& writer);

    std::size_t text_bytes = 1;
    /// Whether every Say fails with UNAVAILABLE.
    bool away = false;
    /// These members record the calls.
    int calls = 0;
    int written = 0;
    int running = 0;
    int finished = 0;
    std::vector<Code> ends;
    Deadline deadline = Deadline::never();
    CallAttributes attributes;
    TraceContext trace;
    Metadata metadata;
    bool read_compressed = false;
    /// The request "stubborn" waits for this and for nothing else.
    OneShot<bool> release;
};

}  // namespace tw::rpc::test
