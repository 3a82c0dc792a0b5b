#pragma once

#include "kit/async/call_context.hpp"
#include "kit/base/secret.hpp"
#include "kit/http/client.hpp"
#include "proto/console.pb.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tw::console {

/// Where the operations port of a process is, and what it asks of callers.
struct OperationsPort {
    http::Url url;
    /// Gives the token as it is now; empty if the port asks for none.
    std::function<Secret()> token;
    /// Null: the system's CAs are trusted.
    std::shared_ptr<net::TlsContext> tls;
    /// "ops.token" or "console.ops_token", for what to do when the port refuses.
    std::string token_setting;
};

/// Asks processes at their operations ports, as any other client on this machine would. It reads,
/// and changes nothing but log levels. A port that does not answer is no error: the process then
/// says which page did not answer, and why. It belongs to one loop.
class Processes {
 public:
    /// A process is named by the address of its operations port.
    static Result<Processes> make(EventLoop& loop, std::vector<OperationsPort> ports);

    /// All processes, without settings and log levels.
    Task<Result<::console::ListProcessesResponse>> list(const CallContext& ctx) const;
    /// All that the process says. Fails with NOT_FOUND (PROCESS_NOT_FOUND).
    Task<Result<::console::Process>> get(const CallContext& ctx, std::string name) const;
    /// Changes log levels, "info,order=debug", and returns all of them. Fails with NOT_FOUND
    /// (PROCESS_NOT_FOUND), with INVALID_ARGUMENT (LOG_LEVEL_REFUSED) when the process refuses the
    /// text, and with UNAVAILABLE (PROCESS_NOT_REACHED) when it does not answer.
    Task<Result<::console::Process>> set_log_level(const CallContext& ctx, std::string name, std::string levels) const;

 private:
    struct Known {
        OperationsPort port;
        std::string name;
        std::unique_ptr<http::Client> client;
    };
    struct Page;

    const Known* find(std::string_view name) const;
    static Task<::console::Process> read(const CallContext& ctx, const Known& known, bool whole);
    /// Reads one page into the process. Returns false if nothing answers at all.
    static Task<bool> read_page(const CallContext& ctx, const Known& known, const Page& page, ::console::Process& process);
    static Task<Result<http::ClientResponse>> send(const CallContext& ctx, const Known& known, http::ClientRequest request);

    std::vector<Known> known_;
};

}  // namespace tw::console
