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

/// A TCP connection of a SimulatedNetwork: two ends, each on its own loop, and the bytes between
/// them. Bytes arrive some time after they were written, in order, once, and in pieces of any size,
/// unless the connection breaks. A writer waits while the buffers are full.
///
/// As in a real system, an end may outlive the Stream of its program, and an end learns about the
/// other end only from what arrives. Data for an end that is closed is answered by a reset, and an
/// end that receives nothing waits.
class SimulatedConnection : public std::enable_shared_from_this<SimulatedConnection> {
 public:
    enum class Side : std::uint8_t { client, server };

    /// `loop` connects to `server`. The server's side is made by `accept`.
    SimulatedConnection(std::shared_ptr<NetworkState> state, EventLoop& loop, net::Address server);
    ~SimulatedConnection();
    SimulatedConnection(const SimulatedConnection&) = delete;
    SimulatedConnection& operator=(const SimulatedConnection&) = delete;

    /// Makes the server's side, on `loop`. `label` is the name of the server in faults and history.
    std::unique_ptr<net::Stream> accept(EventLoop& loop, std::string_view label, net::Address client);
    /// Makes the client's stream, once the client knows that it is connected. From then on the
    /// client reads the bytes that have arrived.
    std::unique_ptr<net::Stream> connected();
    /// Sets the time at which the client knows at the latest that it is connected. The server's
    /// data arrives later.
    void answer_at(SteadyTime when) { back_.last_arrival = when; }
    /// The server's system asks every `interval` whether the client is there, and breaks the
    /// connection if it is not.
    void ask_client(std::chrono::nanoseconds interval);
    /// The client gives the connection up. The server gets a reset.
    void give_up();

    /// Tells that a process has crashed. The peers of its ends see an end of the stream or a reset,
    /// and operations of the process on its ends have no effect.
    void drop(const Owner& owner);
    /// Tells that a loop is destroyed. The system closes the ends that the loop leaves open.
    void forget(const EventLoop& loop);

    EventLoop* client_loop() const { return client_.loop; }
    /// Returns a text for people, such as "order → catalog, the client's end is open".
    std::string describe() const;

 private:
    class StreamEnd;
    struct End;
    enum class Piece : std::uint8_t { bytes, end, reset };

    /// The bytes from one end to the other. Positions count from the first byte of the connection.
    struct Direction {
        struct Segment {
            SteadyTime when;
            Piece piece;
            /// The position behind the segment's last byte.
            std::uint64_t until;
        };

        End* from;
        End* to;
        std::string bytes{};
        /// The position of the first byte in `bytes`.
        std::uint64_t kept_from = 0;
        std::uint64_t read = 0;
        std::uint64_t arrived = 0;
        std::uint64_t sent = 0;
        /// The number of bytes that were sent and lost. They occupy the buffer for good.
        std::size_t lost = 0;
        std::deque<Segment> on_the_way{};
        SteadyTime last_arrival = SteadyTime::min();
        SteadyTime stalled_until = SteadyTime::min();
        bool arrival_expected = false;
        bool room_expected = false;
        bool ended = false;
        bool end_arrived = false;
        /// If true, nothing arrives any more, and neither end is told.
        bool vanishes = false;
    };

    /// A socket.
    struct End {
        SimulatedConnection& connection;
        Direction& in;
        Direction& out;
        /// Null after the loop was destroyed. `owner` is null then, too.
        EventLoop* loop = nullptr;
        const Owner* owner = nullptr;
        /// The name of the owner, or the label of the listener.
        std::string name{};
        net::Address peer{};
        bool closed = false;
        /// The errno with which the connection broke; 0 if it did not break.
        int broken = 0;
        net::Stream::Operation* reader = nullptr;
        std::span<char> into{};
        bool read_posted = false;
        net::Stream::Operation* writer = nullptr;
        std::span<const char> rest{};
        std::size_t size = 0;
        bool write_posted = false;

        /// Returns whether its program, or the system for the program, can still use the end.
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
    /// The system resets or closes the end without its program.
    void leave(End& end);
    void cut(End& end, std::span<const char> bytes);
    void stall(End& end);

    std::string sentence(const End& writer) const;
    static Error failure(const End& end, std::string_view what);

    std::shared_ptr<NetworkState> state_;
    std::uint64_t number_;
    /// Null until the connection is accepted.
    Link* link_ = nullptr;
    /// The names of client and server: "order → catalog".
    std::string place_;
    Direction there_{.from = &client_, .to = &server_};
    Direction back_{.from = &server_, .to = &client_};
    End client_{.connection = *this, .in = back_, .out = there_};
    End server_{.connection = *this, .in = there_, .out = back_};
};

}  // namespace tw::simulation
