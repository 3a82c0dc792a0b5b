#pragma once

#include "kit/http/client.hpp"
#include "kit/http/message.hpp"

#include <map>
#include <memory>
#include <string>

namespace tw::trace_context {

/// The service that the W3C validation harness for trace context drives: POST /test takes a JSON array of {"url", "arguments"}
/// and POSTs each element's arguments to its URL, one after the other, within the trace that the request came in. Belongs to a
/// loop.
class TestService {
 public:
    TestService(EventLoop& loop, telemetry::Telemetry telemetry) : loop_{loop}, telemetry_{telemetry} {}

    /// 200 when all were called, whatever they answered; 400 for what is no such array; 503 when one is not reached.
    Task<http::Response> answer(const CallContext& ctx, const http::Request& request);

 private:
    struct Call {
        http::Url url;
        std::string body;
    };
    static Result<std::vector<Call>> read_calls(std::string_view json);
    Task<Result<void>> make_call(const CallContext& ctx, Call call);
    Result<std::shared_ptr<http::Client>> client_to(const http::Url& url);

    EventLoop& loop_;
    telemetry::Telemetry telemetry_;
    /// By address. Shared with the calls that use them.
    std::map<std::string, std::shared_ptr<http::Client>> clients_;
};

}  // namespace tw::trace_context
