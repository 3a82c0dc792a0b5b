#include "kit/simulation/network/network_calls_fixture.hpp"

#include "kit/base/result.hpp"

#include <utility>

#include <fmt/format.h>

namespace tw::simulation {
namespace {

using rpc::test::Text;

constexpr std::uint16_t kPort = 8080;
constexpr auto kReplicas = {"catalog-1", "catalog-2"};
/// How late a call may end after its deadline.
constexpr auto kLateMax = 1s;
/// After this time nothing runs any more, whatever has happened before.
constexpr auto kSettleTime = 40min;

Text text(std::string value) {
    Text message;
    message.set_value(std::move(value));
    return message;
}

/// The servers of a run, which crash now and then and start again.
template <class Replica>
class Replicas {
 public:
    explicit Replicas(Simulation& simulation) : simulation_{simulation} {
        for (const auto* const name : kReplicas) alive_.push_back(std::make_unique<Replica>(simulation_, name));
        simulation_.network().name("catalog", {kReplicas.begin(), kReplicas.end()});
    }

    /// Crashes a server after some seconds and starts it again, repeatedly until `stop`.
    void crash_later() {
        simulation_.after(std::chrono::milliseconds{100 + random_.next() % 10'000}, [this] {
            if (stopped_) return;
            const auto index = random_.next() % alive_.size();
            if (simulation_.faults().happens("crash", kReplicas.begin()[index], 0.5)) restart(index);
            crash_later();
        });
    }
    void stop() {
        stopped_ = true;
        for (auto& replica : alive_) {
            if (replica) replica->end();
        }
    }
    std::size_t left() const {
        std::size_t sum = 0;
        for (const auto& replica : alive_) sum += replica->left();
        for (const auto& replica : crashed_) sum += replica->left();
        return sum;
    }

 private:
    void restart(std::size_t index) {
        alive_[index]->crash();
        crashed_.push_back(std::move(alive_[index]));
        alive_[index] = std::make_unique<Replica>(simulation_, kReplicas.begin()[index]);
    }

    Simulation& simulation_;
    Random random_;
    std::vector<std::unique_ptr<Replica>> alive_;
    std::vector<std::unique_ptr<Replica>> crashed_;
    bool stopped_ = false;
};

/// Runs callers of one kind against servers of one kind.
template <class Replica, class Caller>
class CallsRun {
 public:
    explicit CallsRun(const CallsSpec& spec) : spec_{spec}, simulation_{spec.seed} {
        simulation_.history().listen(spec.listener);
        replicas_.emplace(simulation_);
        simulation_.as(client_.owner, [&] { caller_.emplace(client_.loop()); });
    }

    CallsOutcome operator()() {
        simulation_.faults().set_intensity(spec_.intensity);
        if (spec_.crashes) replicas_->crash_later();
        int running = spec_.callers;
        client_.loop().post([&] {
            for (int i = 0; i < spec_.callers; ++i) spawn(gate_, make_calls(i, running));
        });
        if (!simulation_.run_until([&] { return running == 0; }, 24h)) complain("calls never end");
        settle(running == 0);
        outcome_.digest = simulation_.history().digest();
        outcome_.lines = simulation_.history().lines();
        outcome_.steps = simulation_.steps();
        outcome_.coverage = simulation_.faults().coverage();
        return std::move(outcome_);
    }

 private:
    void complain(std::string what) { outcome_.complaints.push_back(std::move(what)); }

    Task<void> make_calls(int caller, int& running) {
        Random random;
        for (int i = 0; i < spec_.calls_each; ++i) {
            co_await make_call(fmt::format("{}/{}", caller, i), random);
            RootCall call{client_.loop()};
            if (!spec_.plain) {
                static_cast<void>(co_await sleep_for(call.context(), std::chrono::milliseconds{random.next() % 1'500}));
            }
        }
        --running;
    }

    Task<void> make_call(std::string name, Random& random) {
        auto& loop = client_.loop();
        const auto begin = loop.now();
        const auto time = spec_.plain ? 10s : std::chrono::milliseconds{20 + random.next() % 4'000};
        RootCall call{loop, Deadline::after(begin, time)};
        // Some callers cancel their call.
        Timer hang_up{loop.timers(), [&call] { call.scope().cancel(cancelled()); }};
        if (!spec_.plain && random.next() % 8 == 0) hang_up.arm(begin + std::chrono::milliseconds{random.next() % 500});
        const auto result = co_await caller_->call(call.context(), spec_.plain ? 0 : random.next(), name);
        const auto took = loop.now() - begin;
        ++(result ? outcome_.succeeded : outcome_.failed);
        if (took > time + kLateMax) complain(fmt::format("call {} took {} of {}", name, in_millis(took), in_millis(time)));
        if (result && !*result) complain(fmt::format("call {} got a wrong answer", name));
        simulation_.history().tell(
            [&] { return fmt::format("call {}: {}", name, result ? "answered" : code_name(result.error().code())); });
    }

    /// Ends everything, and checks that nothing is left.
    void settle(bool calls_ended) {
        simulation_.faults().set_intensity(0);
        if (calls_ended) client_.loop().post([&] { caller_.reset(); });
        replicas_->stop();
        simulation_.run_for(kSettleTime);
        if (const auto left = replicas_->left(); left > 0) complain(fmt::format("{} things are left in the servers", left));
        if (const auto left = simulation_.network().connections(); left > 0)
            complain(fmt::format("{} connections are left", left));
    }

    const CallsSpec& spec_;
    Simulation simulation_;
    std::optional<Replicas<Replica>> replicas_;
    TestProcess client_{simulation_, "order"};
    std::optional<Caller> caller_;
    CallsOutcome outcome_;
    Gate gate_;
};

/// Makes unary and streaming calls of all kinds.
class RpcCaller {
 public:
    explicit RpcCaller(EventLoop& loop)
        : channel_{rpc::make_network_channel(loop, rpc::Target::parse("dns:///catalog:8080").value(),
                                             {.keepalive = {.time = 10s, .timeout = 5s}}, telemetry_.get())} {}

    /// Returns whether the answer is the right one, or the error if there is no answer.
    Task<Result<bool>> call(const CallContext& ctx, std::uint64_t choice, const std::string& name) {
        if (choice % 8 == 1) co_return co_await say(ctx, rpc::test::kSay, "large", 200'000);
        if (choice % 8 == 2) co_return co_await say(ctx, rpc::test::kSay, "wait", 4);
        if (choice % 8 == 3) co_return co_await say(ctx, rpc::test::kAct, name, name.size());
        if (choice % 8 == 4) co_return co_await count(ctx);
        if (choice % 8 == 5) co_return co_await chat(ctx);
        co_return co_await say(ctx, rpc::test::kSay, name, name.size());
    }

 private:
    Task<Result<bool>> say(const CallContext& ctx, const rpc::Method& method, std::string what, std::size_t size) {
        const auto request = text(std::move(what));
        const auto answer = co_await rpc::call_unary<Text>(*channel_, ctx, method, request);
        if (!answer) co_return answer.error();
        co_return answer->value().size() == size;
    }
    Task<Result<bool>> count(const CallContext& ctx) {
        const auto request = text("40");
        auto call = co_await rpc::call_server_streaming<Text>(*channel_, ctx, rpc::test::kCount, request);
        if (!call) co_return std::move(call).error();
        for (int i = 0;; ++i) {
            const auto next = co_await call->read();
            if (!next) co_return next.error();
            if (!*next) co_return i == 40;
            if ((*next)->value()[0] != 'a' + i % 26) co_return false;
        }
    }
    Task<Result<bool>> chat(const CallContext& ctx) {
        auto call = co_await rpc::open_call<Text, Text>(*channel_, ctx, rpc::test::kChat);
        if (!call) co_return std::move(call).error();
        for (const std::string part : {"one", "two", "three"}) {
            const auto message = text(part);
            if (const auto sent = co_await call->write(message); !sent) break;
            const auto answer = co_await call->read();
            if (!answer) co_return answer.error();
            if (!*answer || (*answer)->value() != "re: " + part) co_return false;
        }
        static_cast<void>(co_await call->finish_writes());
        const auto end = co_await call->read();
        if (!end) co_return end.error();
        co_return !*end;
    }

    test::QuietTelemetry telemetry_;
    std::unique_ptr<rpc::Channel> channel_;
};

/// Makes POST requests with bodies of all sizes, by HTTP/1.1 or HTTP/2.
class HttpCaller {
 public:
    explicit HttpCaller(EventLoop& loop) {
        const auto url = http::Url::parse("http://catalog:8080/").value();
        clients_.push_back(http::Client::make(loop, url, {.connect_time_max = 2s}, telemetry_.get()).value());
        clients_.push_back(
            http::Client::make(loop, url, {.connect_time_max = 2s, .http2_prior_knowledge = true}, telemetry_.get()).value());
    }

    Task<Result<bool>> call(const CallContext& ctx, std::uint64_t choice, const std::string& name) {
        http::ClientRequest request{.method = choice % 3 == 0 ? "PUT" : "POST", .content_type = "text/plain", .body = name};
        if (choice % 8 == 1) request.body.assign(200'000, 'x');
        if (choice % 8 == 2) request.target = "/slow";
        const auto body = request.body;
        const auto answer = co_await clients_[choice / 8 % 2]->send(ctx, std::move(request));
        if (!answer) co_return answer.error();
        co_return answer->status != 200 || answer->body == body;
    }

 private:
    test::QuietTelemetry telemetry_;
    std::vector<std::unique_ptr<http::Client>> clients_;
};

}  // namespace

RpcReplica::RpcReplica(Simulation& simulation, const std::string& name) : simulation_{simulation}, process_{simulation, name} {
    simulation.as(process_.owner, [&] {
        health_ = rpc::HealthService::make(process_.loop(), [](std::string_view) { return true; });
        table_.add(service_, telemetry_.get());
        table_.add(*health_, telemetry_.get());
        server_ = rpc::make_server(process_.loop(), table_, {.keepalive = {.time = 30s, .timeout = 10s}});
    });
    simulation.network().listen(process_.owner, *process_.loops, {name, kPort},
                                [this](EventLoop&, std::unique_ptr<net::Stream> stream) {
                                    if (server_) server_->serve_stream(std::move(stream));
                                });
}

void RpcReplica::crash() {
    simulation_.network().drop(process_.owner);
    end();
}

void RpcReplica::end() {
    simulation_.network().stop_listening(process_.owner);
    process_.loop().post([this] {
        health_->shut_down();
        server_.reset();
    });
}

HttpReplica::HttpReplica(Simulation& simulation, const std::string& name) : simulation_{simulation}, process_{simulation, name} {
    simulation.as(process_.owner, [&] {
        server_ =
            http::make_server(process_.loop(), {}, telemetry_.get(),
                              [this](const CallContext& ctx, const http::Request& request) { return answer(ctx, request); });
    });
    simulation.network().listen(
        process_.owner, *process_.loops, {name, kPort},
        [this](EventLoop&, std::unique_ptr<net::Stream> stream) { server_->serve_stream(std::move(stream)); });
}

void HttpReplica::crash() {
    simulation_.network().drop(process_.owner);
    end();
}

void HttpReplica::end() {
    simulation_.network().stop_listening(process_.owner);
    process_.loop().post([this] { spawn(gate_, drain()); });
}

Task<void> HttpReplica::drain() {
    co_await server_->drain(Deadline::after(process_.loop().now(), 5s));
    drained_ = true;
}

Task<http::Response> HttpReplica::answer(const CallContext& ctx, const http::Request& request) {
    ++running_;
    if (request.path == "/slow") static_cast<void>(co_await sleep_for(ctx, 2s));
    --running_;
    co_return http::Response{.content_type = "text/plain", .body = request.body};
}

CallsOutcome run_rpc_calls(const CallsSpec& spec) { return CallsRun<RpcReplica, RpcCaller>{spec}(); }

CallsOutcome run_http_calls(const CallsSpec& spec) { return CallsRun<HttpReplica, HttpCaller>{spec}(); }

}  // namespace tw::simulation
