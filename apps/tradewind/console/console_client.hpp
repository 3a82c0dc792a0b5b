#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/base/result.hpp"
#include "kit/cli/command.hpp"
#include "kit/http/client.hpp"
#include "kit/http/client_url.hpp"
#include "kit/http/event_source.hpp"
#include "proto/console.pb.h"

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tw::app {

/// What a command says when it fails, and its exit code. The text has one line, or also the query
/// with a mark below the place that is wrong.
struct CommandFailure {
    std::string text;
    int exit_code = 1;
};

/// A value, or why there is none.
template <class T>
using Outcome = std::expected<T, CommandFailure>;

/// Parameters of a request. Those without a value are left out.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;

/// The live stream of the console.
class ConsoleWatch {
 public:
    ConsoleWatch(EventLoop& loop, std::unique_ptr<http::EventSource> source, std::string address)
        : loop_{&loop}, source_{std::move(source)}, address_{std::move(address)} {}
    /// Waits for the next event. Returns nothing when the console has ended the stream.
    Task<Outcome<std::optional<::console::WatchEvent>>> next();

 private:
    EventLoop* loop_;
    std::unique_ptr<http::EventSource> source_;
    std::string address_;
};

/// A client of the console's read API, for one command.
class ConsoleClient {
 public:
    /// The console at --console, or else at console::page_address.
    static Outcome<ConsoleClient> make(EventLoop& loop, const cli::Invocation& call);

    /// Asks for what is at `path`, and fills `answer` from it.
    Task<Outcome<void>> get(std::string path, const QueryParameters& parameters, google::protobuf::Message& answer) const;
    Task<Outcome<ConsoleWatch>> watch(const QueryParameters& parameters) const;

 private:
    ConsoleClient(EventLoop& loop, http::Url url, std::string hint, std::unique_ptr<http::Client> client);
    CommandFailure no_answer(const Error& error) const;
    std::string target_of(std::string path, const QueryParameters& parameters) const;

    EventLoop* loop_;
    http::Url url_;
    /// "http://127.0.0.1:8090", for messages.
    std::string address_;
    /// What may be wrong if nothing answers.
    std::string hint_;
    std::unique_ptr<http::Client> client_;
};

/// Explains the answer of a console that refuses. `query` is the query that was sent, or empty.
CommandFailure explain_refusal(int status, const std::string& problem, const std::string& query, const std::string& address);

/// Prints why a command failed, and returns its exit code.
int report(const CommandFailure& failure);

}  // namespace tw::app
