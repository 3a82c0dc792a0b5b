#pragma once

#include "kit/async/one_shot.hpp"
#include "kit/rpc/service.hpp"

#include <span>
#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/wrappers.pb.h>

/// A service with all four shapes, for the tests of this folder.
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
/// As Say, but each call has its effect.
extern const Method kAct;
/// In the contract, but served by nobody.
extern const Method kLost;

class EchoService final : public Service {
 public:
    std::string_view service_name() const override { return "test.EchoService"; }
    std::span<const Handler> handlers() const override;

    /// Answers with the request's text; some texts ask for something else, see the definition.
    Task<Result<Text>> say(const CallContext& ctx, const Text& request);
    /// As many texts as the request's number says, of `text_bytes` each.
    Task<Result<void>> count(const CallContext& ctx, const Text& request, Writer<Text>& writer);
    Task<Result<Text>> join(const CallContext& ctx, Reader<Text>& reader);
    Task<Result<void>> chat(const CallContext& ctx, Reader<Text>& reader, Writer<Text>& writer);

    std::size_t text_bytes = 1;
    /// What happened.
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
    /// "stubborn" waits for this and for nothing else.
    OneShot<bool> release;
};

}  // namespace tw::rpc::test
