#pragma once

#include "kit/async/worker_pool.hpp"
#include "kit/http/message.hpp"
#include "kit/http/server.hpp"
#include "services/console/archive.hpp"

#include <set>
#include <string>
#include <string_view>

namespace tw::console {

/// Takes telemetry by OTLP/HTTP (OTLP specification, "OTLP/HTTP"): POST /v1/traces, /v1/metrics and
/// /v1/logs, in protobuf or JSON, with or without gzip. The answer has the request's type, and
/// comes when what was sent is stored and can be found. It belongs to one loop.
class OtlpHttp {
 public:
    /// The most bytes of a request, after decompression.
    static constexpr std::size_t kRequestBytesMax = std::size_t{16} * 1024 * 1024;

    /// `origins` is a list, separated by commas, of origins whose pages may send beside those of
    /// this machine.
    OtlpHttp(Archive& archive, WorkerPool& workers, std::string_view origins);

    Task<http::Response> answer(const CallContext& ctx, const http::Request& request) const;
    /// Gives a refusal of the server the form that OTLP asks for.
    void complete_refusal(const http::Request& request, const Error& why, http::Response& response) const;

 private:
    bool admits(std::string_view origin) const;
    Task<http::Response> take(const CallContext& ctx, const http::Request& request, telemetry::Signal signal) const;
    /// Lets a page of an admitted origin read the answer.
    void add_origin(const http::Request& request, http::Response& response) const;

    Archive& archive_;
    WorkerPool& workers_;
    std::set<std::string, std::less<>> origins_;
};

}  // namespace tw::console
