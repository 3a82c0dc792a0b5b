#pragma once

#include "kit/base/result.hpp"
#include "kit/otlp/transport/transport.hpp"

#include <memory>
#include <string>

namespace tw::otlp {

/// Writes requests as OTLP JSON to a file or to standard output. Writing blocks only the exporter's
/// thread.
class TextTransport final : public Transport {
 public:
    /// Writes one line for each request, appended to the file, which several signals and processes
    /// may share (OpenTelemetry specification, "OpenTelemetry Protocol File Exporter"). The error
    /// says why the file cannot be opened.
    static Result<std::unique_ptr<Transport>> to_file(const std::string& path);
    /// Writes indented JSON to standard output, for people.
    static std::unique_ptr<Transport> to_console();

    /// The transport closes `fd` if it is `owned`.
    TextTransport(int fd, bool owned, bool indented) : fd_{fd}, owned_{owned}, indented_{indented} {}
    ~TextTransport() override;
    TextTransport(const TextTransport&) = delete;
    TextTransport& operator=(const TextTransport&) = delete;

    Task<SendOutcome> send(const CallContext& ctx, telemetry::Signal signal, std::string_view request) override;

 private:
    int fd_;
    bool owned_;
    bool indented_;
};

}  // namespace tw::otlp
