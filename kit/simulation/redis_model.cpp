#include "kit/simulation/redis_model.hpp"

#include "kit/simulation/run/sequence.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace tw::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kReadBytes = 16 * 1024;
/// The interval is Redis' own default (tcp-keepalive).
constexpr auto kKeepalive = 300s;
/// The longest time for which the server loads its data after it was gone.
constexpr std::uint64_t kLoadingMillisMax = 500;
/// How much of a command's key the history shows.
constexpr std::size_t kShownBytesMax = 80;
/// The number of faults that trouble_of chooses from.
constexpr std::uint64_t kKinds = 5;

std::int64_t micros_now() { return SystemClock{}.now().unix_micros(); }

}  // namespace

/// The server's side of a connection. It has no coroutine, so that it can be destroyed at any time.
struct RedisModel::Client {
    Client(RedisModel& at, std::unique_ptr<net::Stream> taken, std::uint64_t number)
        : model{at},
          stream{std::move(taken)},
          session{.id = number, .name = {}},
          buffer(kReadBytes),
          wait_timer{at.loops_->at(0).timers(), [this] { model.give_up_wait(*this); }},
          on_read{[this](Result<std::size_t> got) { model.on_read(*this, got); }},
          on_written{[this](const Result<std::size_t>& sent) { model.on_written(*this, sent); }} {}

    RedisModel& model;
    std::unique_ptr<net::Stream> stream;
    RedisCommands::Session session;
    std::string in;
    std::string out;
    std::string sending;
    bool gone = false;
    std::optional<RedisWait> waits;
    std::vector<char> buffer;
    Timer wait_timer;
    net::Stream::Sink on_read;
    net::Stream::Sink on_written;
    std::optional<net::Stream::Operation> reading;
    std::optional<net::Stream::Operation> writing;
};

RedisModel::RedisModel(Simulation& simulation, RedisModelOptions options)
    : simulation_{simulation},
      options_{std::move(options)},
      random_{seed_of_part(simulation.seed(), options_.host)},
      owner_{.name = options_.host},
      commands_{options_.password},
      self_{std::make_shared<RedisModel*>(this)} {
    simulation_.as(owner_, [&] { loops_.emplace(1); });
    listen();
}

RedisModel::~RedisModel() {
    if (listener_) simulation_.network().close(*listener_);
    clients_.clear();
}

void RedisModel::listen() {
    const auto take = [this](EventLoop&, std::unique_ptr<net::Stream> stream) {
        if (!listener_) return;
        clients_.push_back(std::make_shared<Client>(*this, std::move(stream), ++clients_made_));
        read(*clients_.back());
    };
    listener_ = simulation_.network().listen(owner_, *loops_, {options_.host, options_.port}, take, {}, kKeepalive);
}

void RedisModel::read(Client& client) {
    client.reading.emplace(*client.stream, std::span{client.buffer}, std::span<const char>{}, client.on_read);
    client.reading->begin();
}

void RedisModel::on_read(Client& client, const Result<std::size_t>& got) {
    if (!client.gone && got && *got > 0) {
        client.in.append(client.buffer.data(), *got);
        process(client);
        return read(client);
    }
    client.gone = true;
    client.stream->close();
    const auto place = std::ranges::find(clients_, &client, [](const auto& each) { return each.get(); });
    // The client's code is still running, so the object is destroyed in a later turn.
    loops_->at(0).post([kept = *place] {});
    clients_.erase(place);
}

void RedisModel::flush_answers(Client& client) {
    if (client.out.empty() || client.gone || !client.sending.empty()) return;
    client.sending.swap(client.out);
    client.writing.emplace(*client.stream, std::span<char>{}, std::span<const char>{client.sending}, client.on_written);
    client.writing->begin();
}

void RedisModel::on_written(Client& client, const Result<std::size_t>& sent) {
    client.sending.clear();
    if (sent) flush_answers(client);
}

void RedisModel::process(Client& client) {
    bool sound = true;
    while (!client.gone && !client.waits) {
        const auto arguments = take_redis_command(client.in, sound);
        if (!sound) {
            RedisAnswer{client.out, client.session.protocol}.error("ERR Protocol error: no command");
            client.in.clear();
        }
        if (!arguments || !run(client, *arguments)) break;
    }
    flush_answers(client);
}

bool RedisModel::run(Client& client, const RedisArguments& arguments) {
    ++commands_run_;
    simulation_.history().tell([&] {
        if (arguments.empty()) return std::string{};
        // The line shows only the command's key or script, since the other arguments may be secret.
        const bool has_key = arguments.size() > 1 && !arguments[0].starts_with("AUTH");
        const auto what = arguments[0] + (has_key ? " " + arguments[1].substr(0, kShownBytesMax) : "");
        return fmt::format("{}, client {}: {}", options_.host, client.session.id, what);
    });
    const auto trouble = arguments.empty() ? Trouble::none : trouble_of(arguments[0]);
    if (client.gone || trouble == Trouble::dies_before) return false;
    auto outcome = commands_.run(client.session, arguments, micros_now(), client.out);
    if (trouble == Trouble::dies_after) {
        // The effect of the command stays, if the data stays at all, but the client gets no answer.
        const bool loses = fraction_of(next_in_sequence(random_)) < options_.loses_data;
        die(spell(), loses);
        return false;
    }
    if (outcome.unknown) report(*outcome.unknown);
    if (outcome.wait) wait(client, *std::move(outcome.wait));
    if (outcome.grown || RedisCommands::writes(arguments[0])) end_waits();
    return !client.waits;
}

void RedisModel::wait(Client& client, RedisWait wait) {
    if (wait.time_ms > 0) client.wait_timer.arm(loops_->at(0).now() + std::chrono::milliseconds{wait.time_ms});
    client.waits = std::move(wait);
}

/// Answers the clients that wait. Clients that have waited longest come first.
void RedisModel::end_waits() {
    const auto now = micros_now();
    for (const auto& client : clients_) {
        if (client->waits && commands_.end_wait(client->session, *client->waits, now, client->out)) end_wait(client);
    }
}

/// Ends a client's wait. The answer, and the commands that the client has sent meanwhile, are
/// handled in a later turn.
void RedisModel::end_wait(const std::shared_ptr<Client>& client) {
    client->waits.reset();
    client->wait_timer.cancel();
    loops_->at(0).post([this, client] { process(*client); });
}

void RedisModel::give_up_wait(Client& client) {
    RedisAnswer{client.out, client.session.protocol}.nil_array();
    client.waits.reset();
    process(client);
}

std::chrono::nanoseconds RedisModel::spell() {
    const auto millis = std::uint64_t{50} << simulation_.faults().pick(9);
    return std::chrono::milliseconds{millis / 2 + simulation_.faults().pick(millis)};
}

RedisModel::Trouble RedisModel::trouble_of(const std::string& command) {
    auto& faults = simulation_.faults();
    if (faults.intensity() <= 0) return Trouble::none;
    const auto number = next_in_sequence(random_);
    if (number % options_.commands_per_question != 0) return Trouble::none;
    const auto& place = options_.host;
    switch (number / options_.commands_per_question % kKinds) {
        case 0:
            if (!faults.happens("gone", place, options_.gone, command)) return Trouble::none;
            if (faults.pick(2) == 0) return Trouble::dies_after;
            die(spell(), fraction_of(next_in_sequence(random_)) < options_.loses_data);
            return Trouble::dies_before;
        case 1:
            if (faults.happens("slow", place, options_.slow, command)) simulation_.pause(owner_, spell());
            return Trouble::none;
        case 2:
            if (faults.happens("flushed", place, options_.flushed, command)) flush();
            return Trouble::none;
        case 3:
            if (faults.happens("replica", place, options_.replica, command)) be({.replica = true}, spell());
            return Trouble::none;
        default:
            if (faults.happens("full", place, options_.full, command)) be({.full = true}, spell());
            return Trouble::none;
    }
}

void RedisModel::die(std::chrono::nanoseconds away, bool loses_data) {
    simulation_.history().tell(
        [&] { return fmt::format("{} dies for {}{}", options_.host, in_millis(away), loses_data ? " and loses its data" : ""); });
    if (listener_) simulation_.network().close(*std::exchange(listener_, std::nullopt));
    for (const auto& client : clients_) {
        client->gone = true;
        client->waits.reset();
        client->wait_timer.cancel();
        client->stream->close();
    }
    commands_.forget_scripts();
    if (loses_data) commands_.forget_data();
    simulation_.after(away, [self = std::weak_ptr{self_}, life = ++lives_] {
        const auto model = self.lock();
        if (model && (*model)->lives_ == life) (*model)->come_back();
    });
}

void RedisModel::come_back() {
    simulation_.history().tell([&] { return fmt::format("{} is back", options_.host); });
    listen();
    be({.loading = true}, std::chrono::milliseconds{next_in_sequence(random_) % kLoadingMillisMax});
}

void RedisModel::be(RedisCondition condition, std::chrono::nanoseconds time) {
    auto& now = commands_.condition;
    now = {.replica = now.replica || condition.replica,
           .loading = now.loading || condition.loading,
           .full = now.full || condition.full};
    simulation_.after(time, [self = std::weak_ptr{self_}, spell = ++spells_] {
        const auto model = self.lock();
        if (model && (*model)->spells_ == spell) (*model)->commands_.condition = {};
    });
}

void RedisModel::set_condition(RedisCondition condition) {
    ++spells_;
    commands_.condition = condition;
}

void RedisModel::flush() { command({"FLUSHALL"}); }

std::string RedisModel::command(const RedisArguments& arguments) {
    RedisCommands::Session session{.authenticated = true, .name = {}};
    std::string out;
    const auto before = std::exchange(commands_.condition, {});
    commands_.run(session, arguments, simulation_.now().unix_micros(), out);
    commands_.condition = before;
    if (RedisCommands::writes(arguments.at(0))) end_waits();
    return out;
}

void RedisModel::report(const std::string& unknown) const {
    if (options_.on_unknown) return options_.on_unknown(unknown);
    throw std::logic_error{"RedisModel does not know " + unknown + ": see its header"};
}

}  // namespace tw::simulation
