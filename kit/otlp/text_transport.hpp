#pragma once

#include "kit/base/result.hpp"
#include "kit/otlp/transport.hpp"

#include <memory>
#include <string>

namespace tw::otlp {

/// Writes requests as OTLP JSON to a file or to standard output. Blocks the exporter's thread while it writes, and nobody
/// else's.
class TextTransport final : public Transport {
 public:
    /// One line a request, appended to the file, which several signals and processes may share (OpenTelemetry specification,
    /// "OpenTelemetry Protocol File Exporter"). Errors say why it cannot be opened.
    static Result<std::unique_ptr<Transport>> to_file(const std::string& path);
    /// Indented, for people.
    static std::unique_ptr<Transport> to_console();

    /// `fd` is closed with the transport where it is `owned`.
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
