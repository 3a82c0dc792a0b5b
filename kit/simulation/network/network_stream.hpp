#pragma once

#include "kit/net/stream.hpp"
#include "kit/simulation/network/network_state.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tw::simulation {

/// A TCP connection of a SimulatedNetwork: two ends, each on its own loop, and the bytes between them. What is written arrives in
/// order, once and in pieces of any size, some time later, or the connection breaks; a writer waits while the buffers are full.
/// As with a real one, an end may outlast the Stream that its program has, and neither end knows more of the other than what
/// has arrived: data for an end that is closed is answered by a reset, and one that hears nothing waits.
class SimulatedConnection : public std::enable_shared_from_this<SimulatedConnection> {
 public:
    enum class Side : std::uint8_t { client, server };

    /// `loop` connects to `server`; the other side comes with `accept`.
    SimulatedConnection(std::shared_ptr<NetworkState> state, EventLoop& loop, net::Address server);
    ~SimulatedConnection();
    SimulatedConnection(const SimulatedConnection&) = delete;
    SimulatedConnection& operator=(const SimulatedConnection&) = delete;

    /// The server's side, on `loop`. `label` is the name of the server in faults and history.
    std::unique_ptr<net::Stream> accept(EventLoop& loop, std::string_view label, net::Address client);
    /// The client's stream, once it knows that it is connected: from then on it reads what has come.
    std::unique_ptr<net::Stream> connected();
    /// When the client knows it at the latest; what the server sends comes after it.
    void answer_at(SteadyTime when) { back_.last_arrival = when; }
    /// The server's system asks every `interval` whether the client is there, and breaks the connection where it is not.
    void ask_client(std::chrono::nanoseconds interval);
    /// The client does not want it any more: the server hears a reset.
    void give_up();

    /// A process has crashed. The peers of its ends see them end or reset, and what it does with them has no effect.
    void drop(const Owner& owner);
    /// A loop goes: the system closes what it leaves behind.
    void forget(const EventLoop& loop);

    EventLoop* client_loop() const { return client_.loop; }
    /// For people: "order → catalog, the client's end is open".
    std::string describe() const;

 private:
    class StreamEnd;
    struct End;
    enum class Piece : std::uint8_t { bytes, end, reset };

    /// The bytes from one end to the other. Positions count from the first byte ever.
    struct Direction {
        struct Segment {
            SteadyTime when;
            Piece piece;
            /// Of the byte after its last one.
            std::uint64_t until;
        };

        End* from;
        End* to;
        std::string bytes{};
        /// The position of the first of `bytes`.
        std::uint64_t kept_from = 0;
        std::uint64_t read = 0;
        std::uint64_t arrived = 0;
        std::uint64_t sent = 0;
        /// Sent and lost, so that they take up room for good.
        std::size_t lost = 0;
        std::deque<Segment> on_the_way{};
        SteadyTime last_arrival = SteadyTime::min();
        SteadyTime stalled_until = SteadyTime::min();
        bool arrival_expected = false;
        bool room_expected = false;
        bool ended = false;
        bool end_arrived = false;
        /// Nothing gets there any more, and nobody is told.
        bool vanishes = false;
    };

    /// A socket.
    struct End {
        SimulatedConnection& connection;
        Direction& in;
        Direction& out;
        /// Null once it has gone, and with it its owner.
        EventLoop* loop = nullptr;
        const Owner* owner = nullptr;
        /// The owner's, or the label that it listens with.
        std::string name{};
        net::Address peer{};
        bool closed = false;
        /// The errno by which it broke; 0: it did not.
        int broken = 0;
        net::Stream::Operation* reader = nullptr;
        std::span<char> into{};
        bool read_posted = false;
        net::Stream::Operation* writer = nullptr;
        std::span<const char> rest{};
        std::size_t size = 0;
        bool write_posted = false;

        /// Its program, or what the system does for it, can still do something with it.
        bool alive() const { return loop != nullptr && !closed && broken == 0 && !owner->gone; }
        bool is_client() const { return this == &connection.client_; }
    };

    std::shared_ptr<End> hold(End& end) { return {shared_from_this(), &end}; }

    void start_read(End& end, std::span<char> buffer, net::Stream::Operation& operation);
    void start_write(End& end, std::span<const char> bytes, net::Stream::Operation& operation);
    void close(End& end);
    void shutdown_write(End& end);
    void wake_reader(End& end);
    void wake_writer(End& end);
    void finish_read(End& end);
    void finish_write(End& end);

    std::size_t room(const Direction& direction) const;
    std::size_t push(Direction& direction, std::span<const char> bytes);
    void lose(Direction& direction, std::size_t count);
    void send_bytes(Direction& direction, std::span<const char> bytes);
    void send(Direction& direction, Piece piece, std::size_t bytes = 0);
    void reset(Direction& direction);
    void expect_arrival(Direction& direction);
    void arrive(Direction& direction);
    void arrive(Direction& direction, const Direction::Segment& segment);
    void break_end(End& end, int why);
    /// The system resets it or ends it, without its program.
    void leave(End& end);
    void cut(End& end, std::span<const char> bytes);
    void stall(End& end);

    std::string sentence(const End& writer) const;
    static Error failure(const End& end, std::string_view what);

    std::shared_ptr<NetworkState> state_;
    std::uint64_t number_;
    /// Null until it is accepted.
    Link* link_ = nullptr;
    /// "order → catalog": the client first.
    std::string place_;
    Direction there_{.from = &client_, .to = &server_};
    Direction back_{.from = &server_, .to = &client_};
    End client_{.connection = *this, .in = back_, .out = there_};
    End server_{.connection = *this, .in = there_, .out = back_};
};

}  // namespace tw::simulation
