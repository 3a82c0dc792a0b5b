#include "kit/simulation/network.hpp"

#include "kit/async/one_shot.hpp"
#include "kit/async/sleep.hpp"
#include "kit/net/system_error.hpp"
#include "kit/simulation/network/network_stream.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

namespace tw::simulation {
namespace {

using namespace std::chrono_literals;

/// The first of the ports that systems assign to clients.
constexpr std::uint16_t kLentPortFirst = 32768;
constexpr std::uint16_t kLentPortLast = 60999;
/// This time is longer than any caller waits for a name.
constexpr auto kNoAnswer = 24h;

/// Returns whether the host is an IP literal, which needs no lookup.
bool is_literal(const std::string& host) {
    in6_addr address{};
    return host.starts_with('/') || ::inet_pton(AF_INET, host.c_str(), &address) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

std::vector<SimulatedConnection*> all_of(const NetworkState& state) {
    std::vector<SimulatedConnection*> all;
    for (const auto& [number, connection] : state.connections) all.push_back(connection);
    return all;
}

std::string outcome_of_connect(const net::Address& address) { return "connect to " + address.to_string(); }

}  // namespace

/// An attempt to connect. The caller may give up or be destroyed before it ends.
struct SimulatedNetwork::Attempt {
    std::shared_ptr<SimulatedConnection> connection;
    /// Null if no caller waits any more.
    OneShot<Result<std::unique_ptr<net::Stream>>>* done;

    void finish(Result<std::unique_ptr<net::Stream>> outcome) {
        if (auto* const waiting = std::exchange(done, nullptr)) waiting->set(std::move(outcome));
    }
    /// Runs `work` in a turn of the caller's loop, if the loop still exists.
    static void answer(const std::shared_ptr<Attempt>& attempt, std::move_only_function<void()> work) {
        if (auto* const loop = attempt->connection->client_loop()) loop->post(std::move(work));
    }
};

SimulatedNetwork::SimulatedNetwork(Scheduler& scheduler, const NetworkOptions& options)
    : state_{std::make_shared<NetworkState>(scheduler, options)}, next_port_{kLentPortFirst} {}

SimulatedNetwork::~SimulatedNetwork() { state_->over = true; }

SimulatedNetwork::ListenerId SimulatedNetwork::listen(Owner& process, LoopGroup& loops, const net::Address& address,
                                                      OnStream on_stream, std::string label, std::chrono::nanoseconds keepalive) {
    Listener listener{.address = {address_of(address.host), address.port},
                      .process = &process,
                      .loops = {},
                      .turn = 0,
                      .on_stream = std::move(on_stream),
                      .label = label.empty() ? process.name : std::move(label),
                      .keepalive = keepalive};
    for (std::size_t i = 0; i < loops.size(); ++i) listener.loops.push_back(&loops.at(i));
    labels_[listener.address.to_string()] = listener.label;
    listeners_.emplace(next_listener_, std::move(listener));
    return next_listener_++;
}

void SimulatedNetwork::mend_links() {
    for (auto& [hosts, link] : state_->links) link = {};
}

std::vector<std::string> SimulatedNetwork::describe_connections() const {
    std::vector<std::string> all;
    for (const auto& [number, connection] : state_->connections) all.push_back(connection->describe());
    return all;
}

void SimulatedNetwork::close(ListenerId listener) { listeners_.erase(listener); }

void SimulatedNetwork::stop_listening(const Owner& process) {
    std::erase_if(listeners_, [&](const auto& entry) { return entry.second.process == &process; });
}

void SimulatedNetwork::name(const std::string& host, std::vector<std::string> addresses) {
    for (auto& address : addresses) address = address_of(address);
    names_[host] = std::move(addresses);
}

const std::string& SimulatedNetwork::address_of(const std::string& host) {
    auto& address = hosts_[host];
    if (!address.empty()) return address;
    const auto number = hosts_.size() - 1;
    address = is_literal(host) ? host : fmt::format("10.99.{}.{}", number / 250, number % 250 + 1);
    return address;
}

void SimulatedNetwork::drop(Owner& process) {
    state_->scheduler.history().tell([&] { return fmt::format("{}: all its connections are lost", process.name); });
    stop_listening(process);
    for (auto* const connection : all_of(*state_)) connection->drop(process);
    process.gone = true;
}

void SimulatedNetwork::forget(const EventLoop& loop) {
    for (auto* const connection : all_of(*state_)) connection->forget(loop);
    for (auto& [id, listener] : listeners_) std::erase(listener.loops, &loop);
    std::erase_if(listeners_, [](const auto& entry) { return entry.second.loops.empty(); });
}

void SimulatedNetwork::partition(std::string_view one, std::string_view other, std::chrono::nanoseconds time) {
    state_->cut_link(state_->link_between(one, other), fmt::format("{} ↔ {}", one, other), time);
}

void SimulatedNetwork::slow_down(std::string_view one, std::string_view other, std::chrono::nanoseconds by,
                                 std::chrono::nanoseconds time) {
    state_->slow_link(state_->link_between(one, other), fmt::format("{} ↔ {}", one, other), by, time);
}

SimulatedNetwork::Listener* SimulatedNetwork::listener_at(const net::Address& address) {
    Listener* last = nullptr;
    for (auto& [id, listener] : listeners_) {
        if (listener.address == address) last = &listener;
    }
    return last;
}

std::string SimulatedNetwork::label_of(const net::Address& address) {
    const auto found = labels_.find(address.to_string());
    return found == labels_.end() ? address.to_string() : found->second;
}

net::Address SimulatedNetwork::client_address(const Owner& owner) {
    const auto port = next_port_;
    next_port_ = port == kLentPortLast ? kLentPortFirst : static_cast<std::uint16_t>(port + 1);
    return {address_of(owner.name), port};
}

Task<Result<std::vector<net::Address>>> SimulatedNetwork::resolve(const CallContext& ctx, EventLoop& loop,
                                                                  const net::Address& address) {
    auto& faults = state_->scheduler.faults();
    const auto place = fmt::format("{} → {}", state_->scheduler.owner_of(loop).name, address.host);
    const bool fails = faults.happens("lookup failed", place, state_->options.lookup_failed);
    const bool unanswered = !fails && faults.happens("lookup unanswered", place, state_->options.lookup_unanswered);
    const auto waits = unanswered ? std::chrono::nanoseconds{kNoAnswer} : state_->options.latency_max;
    const auto slept = co_await sleep_for(ctx, waits);
    if (!slept) co_return slept.error();
    std::vector<net::Address> found;
    const auto named = names_.find(address.host);
    if (!fails && named != names_.end()) {
        for (const auto& host : named->second) found.push_back({host, address.port});
    } else if (!fails && hosts_.contains(address.host)) {
        found.push_back({address_of(address.host), address.port});
    }
    if (!found.empty()) co_return found;
    co_return unavailable("no connection to " + address.to_string())
        .with_cause("resolve " + address.host + ": Host not found (authoritative)");
}

Task<Result<std::unique_ptr<net::Stream>>> SimulatedNetwork::connect(EventLoop& loop, CancelScope& scope,
                                                                     const net::Address& address) {
    /// Removes the caller from the attempt when the wait ends for any reason. After that the
    /// outcome is not reported.
    struct Waiting {
        std::shared_ptr<Attempt> attempt;
        ~Waiting() { attempt->done = nullptr; }
    };
    OneShot<Result<std::unique_ptr<net::Stream>>> done;
    const auto connection = std::make_shared<SimulatedConnection>(state_, loop, address);
    const Waiting waiting{std::make_shared<Attempt>(connection, &done)};
    const CancelScope::Hook hook{scope, [&](const Error&) {
                                     connection->give_up();
                                     waiting.attempt->finish(unavailable(outcome_of_connect(address) + ": no answer in time"));
                                 }};
    start(waiting.attempt, address);
    co_return co_await done;
}

void SimulatedNetwork::start(const std::shared_ptr<Attempt>& attempt, const net::Address& address) {
    auto& scheduler = state_->scheduler;
    const auto& client = scheduler.owner_of(*attempt->connection->client_loop());
    if (client.gone) return;
    const auto label = label_of(address);
    const auto place = fmt::format("{} → {}", client.name, label);
    auto& link = state_->link_between(client.name, label);
    if (scheduler.faults().happens("unanswered", place, state_->options.unanswered)) return;
    const bool refused = scheduler.faults().happens("refused", place, state_->options.refused);
    const auto when = state_->arrival(link, 0) - scheduler.steady_now();
    scheduler.after(when, [this, attempt, address, refused, label] {
        auto* const listener = refused ? nullptr : listener_at(address);
        if (attempt->done != nullptr) arrive(attempt, address, listener);
    });
}

/// The first packet has arrived at the server's host.
void SimulatedNetwork::arrive(const std::shared_ptr<Attempt>& attempt, const net::Address& address, Listener* listener) {
    auto& scheduler = state_->scheduler;
    const auto& client = scheduler.owner_of(*attempt->connection->client_loop());
    auto& link = state_->link_between(client.name, label_of(address));
    const auto back_at = state_->arrival(link, 0);
    if (listener == nullptr) {
        scheduler.after(back_at - scheduler.steady_now(), [attempt, address] {
            Attempt::answer(attempt, [attempt, address] {
                attempt->finish(unavailable(net::describe_failure(outcome_of_connect(address), ECONNREFUSED)));
            });
        });
        return;
    }
    auto& loop = *listener->loops[listener->turn++ % listener->loops.size()];
    attempt->connection->answer_at(back_at);
    auto stream = attempt->connection->accept(loop, listener->label, client_address(client));
    if (listener->keepalive > 0ns) attempt->connection->ask_client(listener->keepalive);
    loop.post(
        [&loop, on_stream = listener->on_stream, stream = std::move(stream)]() mutable { on_stream(loop, std::move(stream)); });
    scheduler.after(back_at - scheduler.steady_now(), [attempt] {
        Attempt::answer(attempt, [attempt] {
            if (attempt->done == nullptr) return attempt->connection->give_up();
            attempt->finish(attempt->connection->connected());
        });
    });
}

}  // namespace tw::simulation
