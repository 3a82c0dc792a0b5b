#include "kit/simulation/postgres/postgres_backend.hpp"

#include "kit/simulation/postgres/postgres_postmaster.hpp"
#include "kit/sql/script.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace tw::simulation {
namespace {

using namespace std::chrono_literals;

constexpr int kFirstPid = 1000;
/// The limit is larger than the buffer that the system has for a socket.
constexpr std::size_t kUnreadMax = 1 << 20;

}  // namespace

PostgresBackend::PostgresBackend(PostgresPostmaster& postmaster, int descriptor, int number)
    : postmaster_{postmaster}, descriptor_{descriptor}, number_{number} {}

PostgresBackend::~PostgresBackend() { close(); }

int PostgresBackend::backend_pid() const { return kFirstPid + number_; }

std::string PostgresBackend::name() const { return fmt::format("session {}", number_); }

void PostgresBackend::later(std::chrono::nanoseconds delay, void (PostgresBackend::*then)()) {
    postmaster_.later(delay, [weak = weak_from_this(), then] {
        if (const auto self = weak.lock()) (self.get()->*then)();
    });
}

void PostgresBackend::unless_moved_on(std::chrono::nanoseconds delay, std::move_only_function<void()> then) {
    postmaster_.later(delay, [weak = weak_from_this(), moves = moves_, then = std::move(then)]() mutable {
        const auto self = weak.lock();
        if (self && self->moves_ == moves) then();
    });
}

std::chrono::nanoseconds PostgresBackend::network_delay() { return 20us + std::chrono::nanoseconds{postmaster_.choose(180'000)}; }

// Input.

bool PostgresBackend::receive() {
    std::string bytes;
    std::array<char, 8192> part{};
    bool end = false;
    while (true) {
        const auto size = ::recv(descriptor_, part.data(), part.size(), MSG_DONTWAIT);
        if (size > 0) {
            bytes.append(part.data(), static_cast<std::size_t>(size));
            continue;
        }
        end = size == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
        break;
    }
    if (bytes.empty() && !end) return false;
    postmaster_.keep_input(bytes);
    end_of_input_ = end;
    if (started_ && !end && postmaster_.happens("connection cut", 0.001, name())) {
        cut();
        return true;
    }
    if (started_ && !end && postmaster_.happens("half-open", 0.0003, name())) {
        half_open_ = true;
        // The server notices by the keep-alive of TCP.
        postmaster_.later(90s, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->cut();
        });
        return true;
    }
    const auto now = postmaster_.steady_now();
    last_arrival_ = std::max(last_arrival_, now + network_delay());
    postmaster_.later(last_arrival_ - now, [weak = weak_from_this(), bytes = std::move(bytes), end] {
        if (const auto self = weak.lock()) self->arrive(bytes, end);
    });
    return true;
}

void PostgresBackend::arrive(const std::string& bytes, bool end) {
    if (ended_ || half_open_) return;
    unparsed_ += bytes;
    while (auto message = take_message(unparsed_, !started_ && messages_.empty())) messages_.push_back(std::move(*message));
    no_more_comes_ |= end;
    go_on();
}

/// Handles the messages that have arrived, up to a statement that takes time.
void PostgresBackend::go_on() {
    if (std::exchange(going_on_, true)) return;
    while (!busy_ && !ended_ && !messages_.empty()) {
        if (last_word_) {
            die(*last_word_);
            break;
        }
        ++moves_;
        const auto message = std::move(messages_.front());
        messages_.pop_front();
        handle(message);
    }
    going_on_ = false;
    if (!busy_ && !ended_) rest();
}

/// Nothing is left to do now. The function handles what else can happen to an idle session.
void PostgresBackend::rest() {
    if (last_word_) return die(*last_word_);
    // The cancellation came too late.
    interrupted_.reset();
    if (no_more_comes_) {
        stop();
        return close();
    }
    const auto timeout = settings_.idle_in_transaction;
    if (!in_block_ || timeout == 0ms || postmaster_.blocking()) return;
    unless_moved_on(timeout, [this] {
        die({.state = "25P03", .message = "terminating connection due to idle-in-transaction timeout", .severity = "FATAL"});
    });
}

void PostgresBackend::handle(const PostgresMessage& message) {
    if (!started_) return start(message);
    const PostgresReader reader{message.body};
    if (message.type == 'X') {
        no_more_comes_ = true;
        messages_.clear();
        return;
    }
    if (message.type == 'S') return sync();
    if (skips_to_sync_) return;
    switch (message.type) {
        case 'Q': {
            for (const auto& one : sql::split_script(PostgresReader{message.body}.text())) script_.emplace_back(one.text);
            if (script_.empty()) out_.begin('I').end();
            simple_ = true;
            return next_of_script();
        }
        case 'P':
            return parse(reader);
        case 'B':
            return bind(reader);
        case 'D':
            return describe(reader);
        case 'E':
            return work(bound_);
        case 'C':
            return out_.begin('3').end();
        case 'H':
            return flush();
        default:
            throw NotModelled{fmt::format("the model of PostgreSQL: a message of type '{}'", message.type)};
    }
}

// Output and the end of the session.

void PostgresBackend::flush() {
    if (out_.empty()) return;
    auto bytes = out_.take();
    if (half_open_ || descriptor_ < 0) return;
    const auto now = postmaster_.steady_now();
    last_departure_ = std::max(last_departure_, now + network_delay());
    postmaster_.later(last_departure_ - now, [weak = weak_from_this(), bytes = std::move(bytes)] {
        if (const auto self = weak.lock()) self->send(bytes);
    });
}

void PostgresBackend::send(const std::string& bytes) {
    if (descriptor_ < 0 || half_open_) return;
    unwritten_ += bytes;
    write_rest();
}

bool PostgresBackend::write_rest() {
    if (unwritten_.empty() || descriptor_ < 0) return false;
    postmaster_.descriptors_changed(application_);
    const auto size = ::send(descriptor_, unwritten_.data(), unwritten_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size > 0) unwritten_.erase(0, static_cast<std::size_t>(size));
    // The client has gone. The session finds that when it has read everything.
    if (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK) unwritten_.clear();
    return size > 0;
}

void PostgresBackend::ready() {
    out_.begin('Z').byte(in_block_ ? (failed_ ? 'E' : 'T') : 'I').end();
    if (postmaster_.happens("answer stalls", 0.0005, name())) {
        last_departure_ =
            std::max(last_departure_, postmaster_.steady_now()) + std::chrono::milliseconds{postmaster_.pick(8'000)};
    }
    flush();
}

void PostgresBackend::die(const SqlError& last_word) {
    if (ended_) return;
    postmaster_.tell([&] { return fmt::format("{} ends: {} {}", name(), last_word.state, last_word.message); });
    out_.error(last_word.severity == "WARNING" ? 'N' : 'E', last_word);
    flush();
    stop();
    const auto now = postmaster_.steady_now();
    later(std::max(last_departure_, now) - now, &PostgresBackend::close);
}

std::string PostgresBackend::unread() const {
    std::string bytes(kUnreadMax, '\0');
    const auto size = ::recv(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_PEEK);
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    return bytes;
}

void PostgresBackend::close() {
    if (descriptor_ < 0) return;
    if (postmaster_.options().keeps_input) postmaster_.keep_input(unread());
    ::close(std::exchange(descriptor_, -1));
    postmaster_.descriptors_changed(application_);
}

/// Breaks the connection. Messages that have arrived are still handled.
void PostgresBackend::cut() {
    close();
    no_more_comes_ = true;
    if (!busy_ && !ended_) go_on();
}

void PostgresBackend::quit(const std::optional<SqlError>& notice) {
    if (notice) return die(*notice);
    stop();
    close();
}

/// Stops the session. The messages that are left are not handled.
void PostgresBackend::stop() {
    ++moves_;
    ended_ = true;
    busy_ = false;
    waits_for_ = 0;
    messages_.clear();
    script_.clear();
    roll_back();
}

void PostgresBackend::terminate(SqlError why) {
    if (ended_ || !started_) return;
    if (busy_ && !stoppable_) {
        last_word_ = std::move(why);
    } else {
        die(why);
    }
}

void PostgresBackend::interrupt(SqlError why) {
    if (!busy_ || ended_) return;
    if (!stoppable_) {
        interrupted_ = std::move(why);
        return;
    }
    // The cancellation comes either before the end of the transaction or during it.
    if (committing_ && postmaster_.choose(2) == 0) in_block_ = false;
    fail(why);
}

}  // namespace tw::simulation
