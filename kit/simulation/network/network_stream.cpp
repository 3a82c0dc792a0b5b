#include "kit/simulation/network/network_stream.hpp"

#include "kit/net/system_error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace tw::simulation {
namespace {

using namespace std::chrono_literals;

/// One write in this many is sent in several pieces.
constexpr std::uint64_t kSplitEvery = 4;
/// One write in this many finds the buffer full for a moment.
constexpr std::uint64_t kFullEvery = 8;
/// Bytes that were read are removed from memory when there are this many.
constexpr std::size_t kReadBytesKept = 64 * 1024;

}  // namespace

/// The stream through which a program uses its end of the connection.
class SimulatedConnection::StreamEnd final : public net::Stream {
 public:
    explicit StreamEnd(std::shared_ptr<End> end) : end_{std::move(end)} {}
    ~StreamEnd() override { StreamEnd::close(); }

    void close() override { end_->connection.close(*end_); }
    void shutdown_write() override { end_->connection.shutdown_write(*end_); }
    const net::Address& peer() const override { return end_->peer; }

 private:
    void start_read(std::span<char> buffer, Operation& operation) override {
        end_->connection.start_read(*end_, buffer, operation);
    }
    void start_write(std::span<const char> bytes, Operation& operation) override {
        end_->connection.start_write(*end_, bytes, operation);
    }

    std::shared_ptr<End> end_;
};

SimulatedConnection::SimulatedConnection(std::shared_ptr<NetworkState> state, EventLoop& loop, net::Address server)
    : state_{std::move(state)}, number_{state_->connections_made++} {
    state_->connections.emplace(number_, this);
    client_.loop = &loop;
    client_.owner = &state_->scheduler.owner_of(loop);
    client_.name = client_.owner->name;
    client_.peer = std::move(server);
}

std::string SimulatedConnection::describe() const {
    std::string text = place_.empty() ? client_.name + " → " + client_.peer.to_string() : place_;
    for (const auto* end : {&client_, &server_}) {
        if (end->loop == nullptr) continue;
        text += end->is_client() ? ", the client's end is " : ", the server's end is ";
        text += end->closed ? "closed" : end->broken != 0 ? "broken" : "open";
    }
    return text;
}

SimulatedConnection::~SimulatedConnection() { state_->connections.erase(number_); }

std::unique_ptr<net::Stream> SimulatedConnection::accept(EventLoop& loop, std::string_view label, net::Address client) {
    server_.loop = &loop;
    server_.owner = &state_->scheduler.owner_of(loop);
    server_.peer = std::move(client);
    server_.name = label;
    place_ = sentence(client_);
    link_ = &state_->link_between(client_.name, label);
    return std::make_unique<StreamEnd>(hold(server_));
}

std::unique_ptr<net::Stream> SimulatedConnection::connected() { return std::make_unique<StreamEnd>(hold(client_)); }

void SimulatedConnection::give_up() {
    if (!client_.alive()) return;
    client_.closed = true;
    if (server_.loop != nullptr) reset(there_);
}

void SimulatedConnection::ask_client(std::chrono::nanoseconds interval) {
    state_->scheduler.after(interval, [connection = weak_from_this(), interval] {
        const auto self = connection.lock();
        if (!self || !self->server_.alive()) return;
        // Data in transit will show by itself whether the client is there.
        const bool silent = self->there_.vanishes || !self->client_.alive();
        if (!silent || !self->there_.on_the_way.empty()) return self->ask_client(interval);
        self->break_end(self->server_, ETIMEDOUT);
    });
}

void SimulatedConnection::drop(const Owner& owner) {
    for (auto* const end : {&client_, &server_}) {
        if (end->owner != &owner || !end->alive()) continue;
        leave(*end);
        break_end(*end, ECONNRESET);
    }
}

void SimulatedConnection::forget(const EventLoop& loop) {
    for (auto* const end : {&client_, &server_}) {
        if (end->loop != &loop) continue;
        if (end->alive()) leave(*end);
        end->closed = true;
        end->loop = nullptr;
        end->owner = nullptr;
        // The operations that wait are destroyed with the loop.
        end->reader = nullptr;
        end->writer = nullptr;
    }
}

void SimulatedConnection::leave(End& end) {
    // The connection has not been accepted yet, so the peer does not know of it.
    if (link_ == nullptr) return;
    const bool resets = end.in.arrived > end.in.read || state_->pick(2) == 0;
    state_->scheduler.history().tell([&] { return fmt::format("{}: {}", sentence(end), resets ? "reset" : "ended"); });
    if (resets) {
        reset(end.out);
    } else if (!end.out.ended) {
        send(end.out, Piece::end);
    }
    end.out.ended = true;
}

void SimulatedConnection::start_read(End& end, std::span<char> buffer, net::Stream::Operation& operation) {
    if (end.closed) return operation.complete(cancelled());
    end.reader = &operation;
    end.into = buffer;
    if (end.in.arrived > end.in.read || end.in.end_arrived || end.broken != 0) wake_reader(end);
}

void SimulatedConnection::wake_reader(End& end) {
    if (end.reader == nullptr || end.loop == nullptr || std::exchange(end.read_posted, true)) return;
    end.loop->post([held = hold(end)] { held->connection.finish_read(*held); });
}

void SimulatedConnection::finish_read(End& end) {
    end.read_posted = false;
    if (end.reader == nullptr) return;
    auto& in = end.in;
    const auto count = std::min<std::uint64_t>(end.into.size(), in.arrived - in.read);
    if (end.closed) return std::exchange(end.reader, nullptr)->complete(cancelled());
    if (count == 0 && end.broken != 0) return std::exchange(end.reader, nullptr)->complete(failure(end, "read"));
    if (count == 0 && in.end_arrived) return std::exchange(end.reader, nullptr)->complete(std::size_t{0});
    if (count == 0) return;
    std::memcpy(end.into.data(), in.bytes.data() + (in.read - in.kept_from), count);
    in.read += count;
    if (in.read == in.sent || in.read - in.kept_from > kReadBytesKept) {
        in.bytes.erase(0, in.read - in.kept_from);
        in.kept_from = in.read;
    }
    if (in.from->writer != nullptr && !std::exchange(in.room_expected, true)) {
        const auto when = state_->arrival(*link_, 0) - state_->scheduler.steady_now();
        state_->scheduler.after(when, [writer = hold(*in.from)] {
            writer->out.room_expected = false;
            writer->connection.wake_writer(*writer);
        });
    }
    std::exchange(end.reader, nullptr)->complete(static_cast<std::size_t>(count));
}

void SimulatedConnection::start_write(End& end, std::span<const char> bytes, net::Stream::Operation& operation) {
    if (end.closed) return operation.complete(cancelled());
    if (end.broken != 0) return operation.complete(failure(end, "write"));
    if (end.out.ended) {
        end.broken = EPIPE;
        return operation.complete(failure(end, "write"));
    }
    const auto trouble = state_->trouble_of_write(*link_, place_, end.is_client());
    std::size_t taken = bytes.size();
    if (trouble == NetworkState::Trouble::cut) {
        cut(end, bytes);
    } else {
        if (trouble == NetworkState::Trouble::half_open) there_.vanishes = back_.vanishes = true;
        if (trouble == NetworkState::Trouble::stalled) stall(end);
        taken = push(end.out, bytes);
    }
    const bool full_for_a_moment = state_->pick(kFullEvery) == 0;
    if (taken == bytes.size() && !full_for_a_moment) return operation.complete(taken);
    end.writer = &operation;
    end.size = bytes.size();
    end.rest = bytes.subspan(taken);
    if (end.rest.empty()) wake_writer(end);
}

void SimulatedConnection::wake_writer(End& end) {
    if (end.writer == nullptr || end.loop == nullptr || std::exchange(end.write_posted, true)) return;
    end.loop->post([held = hold(end)] { held->connection.finish_write(*held); });
}

void SimulatedConnection::finish_write(End& end) {
    end.write_posted = false;
    if (end.writer == nullptr) return;
    if (end.closed) return std::exchange(end.writer, nullptr)->complete(cancelled());
    if (end.broken != 0) return std::exchange(end.writer, nullptr)->complete(failure(end, "write"));
    end.rest = end.rest.subspan(push(end.out, end.rest));
    if (end.rest.empty()) std::exchange(end.writer, nullptr)->complete(end.size);
}

void SimulatedConnection::close(End& end) {
    const bool able = end.alive();
    if (std::exchange(end.closed, true)) return;
    if (!state_->over && able) {
        // Real systems also send a reset if data was received and not read, or was not sent
        // completely, so that the peer knows of the loss.
        if (end.writer != nullptr || end.in.arrived > end.in.read) {
            reset(end.out);
        } else if (!end.out.ended) {
            send(end.out, Piece::end);
        }
    }
    end.out.ended = true;
    wake_reader(end);
    wake_writer(end);
}

void SimulatedConnection::shutdown_write(End& end) {
    if (!end.alive() || std::exchange(end.out.ended, true)) return;
    send(end.out, Piece::end);
}

std::size_t SimulatedConnection::room(const Direction& direction) const {
    const auto used = static_cast<std::size_t>(direction.sent - direction.read) + direction.lost;
    return state_->options.buffer_bytes - std::min(used, state_->options.buffer_bytes);
}

/// Returns how many of the bytes were taken.
std::size_t SimulatedConnection::push(Direction& direction, std::span<const char> bytes) {
    const auto count = std::min(bytes.size(), room(direction));
    if (direction.vanishes || !direction.from->alive()) {
        lose(direction, count);
        return count;
    }
    auto left = bytes.first(count);
    // Up to two pieces are split off.
    for (auto pieces = state_->pick(kSplitEvery) == 0 ? state_->pick(2) + 1 : 0; pieces > 0 && left.size() > 1; --pieces) {
        const auto size = static_cast<std::size_t>(state_->pick(left.size() - 1)) + 1;
        send_bytes(direction, left.first(size));
        left = left.subspan(size);
    }
    if (!left.empty()) send_bytes(direction, left);
    return count;
}

/// Loses bytes. The system tries for a long time to send them before it tells its program.
void SimulatedConnection::lose(Direction& direction, std::size_t count) {
    if (direction.lost == 0) {
        state_->scheduler.after(state_->options.retransmission_max, [connection = weak_from_this(), end = direction.from] {
            if (const auto self = connection.lock()) self->break_end(*end, ETIMEDOUT);
        });
    }
    direction.lost += count;
}

void SimulatedConnection::send_bytes(Direction& direction, std::span<const char> bytes) {
    direction.bytes.append(bytes.data(), bytes.size());
    direction.sent += bytes.size();
    send(direction, Piece::bytes, bytes.size());
}

void SimulatedConnection::send(Direction& direction, Piece piece, std::size_t bytes) {
    if (state_->over || direction.vanishes) return;
    const auto in_turn = direction.last_arrival + state_->options.byte_time * static_cast<std::int64_t>(bytes);
    direction.last_arrival = std::max({state_->arrival(*link_, bytes), in_turn, direction.stalled_until});
    direction.on_the_way.push_back({direction.last_arrival, piece, direction.sent});
    expect_arrival(direction);
}

/// Sends a reset. It is sent only once, even if it does not arrive, unlike everything else.
void SimulatedConnection::reset(Direction& direction) {
    if (!state_->over && state_->connected(*link_)) send(direction, Piece::reset);
}

void SimulatedConnection::expect_arrival(Direction& direction) {
    if (direction.on_the_way.empty() || std::exchange(direction.arrival_expected, true)) return;
    const auto delay = direction.on_the_way.front().when - state_->scheduler.steady_now();
    state_->scheduler.after(
        delay, [way = std::shared_ptr<Direction>{shared_from_this(), &direction}] { way->to->connection.arrive(*way); });
}

void SimulatedConnection::arrive(Direction& direction) {
    direction.arrival_expected = false;
    const auto now = state_->scheduler.steady_now();
    while (!direction.on_the_way.empty() && direction.on_the_way.front().when <= now) {
        const auto segment = direction.on_the_way.front();
        direction.on_the_way.pop_front();
        arrive(direction, segment);
    }
    expect_arrival(direction);
}

void SimulatedConnection::arrive(Direction& direction, const Direction::Segment& segment) {
    auto& to = *direction.to;
    if (segment.piece == Piece::reset) return break_end(to, ECONNRESET);
    if (!to.alive()) {
        // No program is there to take the bytes. Bytes that are sent again get the same answer, so
        // that one reset reaches the writer.
        if (segment.piece == Piece::bytes && direction.from->alive()) send(to.out, Piece::reset);
        return;
    }
    direction.arrived = segment.until;
    if (segment.piece == Piece::end) direction.end_arrived = true;
    wake_reader(to);
}

void SimulatedConnection::break_end(End& end, int why) {
    if (!end.alive()) return;
    end.broken = why;
    if (link_ != nullptr)
        state_->scheduler.history().tell([&] { return fmt::format("{}: the connection broke", sentence(end)); });
    wake_reader(end);
    wake_writer(end);
}

/// Makes a reset before, in the middle of, or after the bytes that are written.
void SimulatedConnection::cut(End& end, std::span<const char> bytes) {
    auto& faults = state_->scheduler.faults();
    const auto all = bytes.size();
    const auto how = faults.pick(3);
    const auto wanted = how == 0 ? 0 : how == 1 ? static_cast<std::size_t>(faults.pick(all)) : all;
    const auto arrives = push(end.out, bytes.first(wanted));
    state_->scheduler.history().tell(
        [&] { return fmt::format("{}: {} of {} bytes arrive, then a reset", sentence(end), arrives, all); });
    send(end.out, Piece::reset);
    send(end.in, Piece::reset);
    there_.vanishes = back_.vanishes = true;
}

void SimulatedConnection::stall(End& end) {
    const auto time = state_->duration(100ms, 30s);
    end.out.stalled_until = state_->scheduler.steady_now() + time;
    state_->scheduler.history().tell([&] { return fmt::format("{}: nothing arrives for {}", sentence(end), in_millis(time)); });
}

/// Returns "order → catalog", or the reverse if the server is the writer.
std::string SimulatedConnection::sentence(const End& writer) const {
    return fmt::format("{} → {}", writer.name, (writer.is_client() ? server_ : client_).name);
}

Error SimulatedConnection::failure(const End& end, std::string_view what) {
    return unavailable("the connection broke")
        .with_cause(net::describe_failure(fmt::format("{} {}", what, end.peer.to_string()), end.broken));
}

}  // namespace tw::simulation
