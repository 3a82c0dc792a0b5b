#include "kit/testing/scripted_postgres.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace tw::test {
namespace {

constexpr int kPollMs = 20;

/// Waits until there is something to read. Returns false at the end of the test.
bool wait_to_read(int descriptor, const std::stop_token& stop) {
    pollfd watched{.fd = descriptor, .events = POLLIN, .revents = 0};
    while (!stop.stop_requested()) {
        if (::poll(&watched, 1, kPollMs) > 0) return true;
    }
    return false;
}

std::string number(std::uint32_t value) {
    const auto network = htonl(value);
    return {reinterpret_cast<const char*>(&network), sizeof network};
}

std::string message(char type, const std::string& body) {
    return type + number(static_cast<std::uint32_t>(body.size() + sizeof(std::uint32_t))) + body;
}

std::string text(std::string_view value) { return std::string{value} + '\0'; }

/// Makes a message of type 'E' (error) or 'N' (notice).
std::string error(char type, std::string_view severity, std::string_view sqlstate) {
    const auto field = [](char code, std::string_view value) { return code + text(value); };
    return message(type, field('S', severity) + field('V', severity) + field('C', sqlstate) + field('M', "as planned") + '\0');
}

}  // namespace

/// One connection, served by a thread of its own.
class ScriptedPostgres::Session {
 public:
    Session(ScriptedPostgres& server, int socket, std::stop_token stop)
        : server_{server}, socket_{socket}, stop_{std::move(stop)} {}
    ~Session() { ::close(socket_); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void run() {
        if (!greet()) return;
        while (open_) {
            const auto type = read(1);
            if (!type) return;
            const auto body = read_body();
            if (!body) return;
            handle(type->front(), *body);
        }
    }

 private:
    std::optional<std::string> read(std::size_t size) {
        std::string bytes(size, '\0');
        for (std::size_t done = 0; done < size;) {
            if (!wait_to_read(socket_, stop_)) return std::nullopt;
            const auto got = ::recv(socket_, bytes.data() + done, size - done, 0);
            if (got <= 0) return std::nullopt;
            done += static_cast<std::size_t>(got);
        }
        return bytes;
    }
    std::optional<std::string> read_body() {
        const auto head = read(sizeof(std::uint32_t));
        if (!head) return std::nullopt;
        std::uint32_t size = 0;
        head->copy(reinterpret_cast<char*>(&size), sizeof size);
        return read(ntohl(size) - sizeof size);
    }
    void send(const std::string& bytes) { out_ += bytes; }
    void flush() {
        static_cast<void>(::send(socket_, out_.data(), out_.size(), MSG_NOSIGNAL));
        out_.clear();
    }

    bool greet() {
        if (!read_body()) return false;
        send(message('R', number(0)));
        for (const auto& [name, value] : {std::pair{"server_version", "15.0"},
                                          {"server_encoding", "UTF8"},
                                          {"client_encoding", "UTF8"},
                                          {"in_hot_standby", "off"},
                                          {"default_transaction_read_only", "off"}}) {
            send(message('S', text(name) + text(value)));
        }
        send(message('K', number(1) + number(1)));
        send(message('Z', std::string(1, state_)));
        flush();
        return true;
    }

    void handle(char type, const std::string& body) {
        if (type == 'S') {
            skipping_ = false;
            send(message('Z', std::string(1, state_)));
            if (crashing_) send(error('N', "WARNING", "57P02"));
            open_ = open_ && !crashing_;
            return flush();
        }
        if (type == 'X') open_ = false;
        if (skipping_) return;
        const auto end = body.find('\0');
        if (type == 'P') {
            const auto query = body.substr(end + 1);
            prepared_[body.substr(0, end)] = query.substr(0, query.find('\0'));
            send(message('1', {}));
        } else if (type == 'B') {
            const auto name = body.substr(end + 1);
            bound_ = prepared_[name.substr(0, name.find('\0'))];
            send(message('2', {}));
        } else if (type == 'D') {
            send(message('n', {}));
        } else if (type == 'E') {
            execute();
        }
    }

    void execute() {
        const auto planned = server_.take_fault(bound_);
        crashing_ = crashing_ || (planned && planned->fault == Fault::crash_afterwards);
        if (planned && !crashing_) return fail(*planned);
        if (state_ == 'E' && bound_ != "COMMIT" && bound_ != "ROLLBACK") return fail({{}, Fault::fail, "25P02"});
        auto tag = bound_.substr(0, bound_.find(' ')) + (bound_.starts_with("INSERT") ? " 0 1" : " 1");
        if (bound_ == "BEGIN" || bound_ == "COMMIT" || bound_ == "ROLLBACK") {
            tag = state_ == 'E' ? "ROLLBACK" : bound_;
            state_ = bound_ == "BEGIN" ? 'T' : 'I';
        }
        send(message('C', text(tag)));
    }

    void fail(const Planned& planned) {
        open_ = planned.fault == Fault::fail;
        if (planned.fault == Fault::hang_up) return;
        send(error('E', open_ ? "ERROR" : "FATAL", planned.sqlstate));
        if (!open_) return flush();
        skipping_ = true;
        if (state_ == 'T') state_ = 'E';
    }

    ScriptedPostgres& server_;
    const int socket_;
    const std::stop_token stop_;
    std::map<std::string, std::string> prepared_;
    std::string bound_;
    std::string out_;
    /// The state that ReadyForQuery reports: idle, in a transaction, or in a failed one.
    char state_ = 'I';
    /// Messages are skipped after an error until Sync.
    bool skipping_ = false;
    bool crashing_ = false;
    bool open_ = true;
};

ScriptedPostgres::ScriptedPostgres() : listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const name = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, name, size) != 0 || ::listen(listener_, 16) != 0 || ::getsockname(listener_, name, &size) != 0) {
        throw std::runtime_error{"cannot listen on loopback"};
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread{[this](const std::stop_token& stop) { serve(stop); }};
}

ScriptedPostgres::~ScriptedPostgres() {
    thread_ = {};
    sessions_.clear();
    ::close(listener_);
}

void ScriptedPostgres::serve(const std::stop_token& stop) {
    while (wait_to_read(listener_, stop)) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) continue;
        sessions_.emplace_back([this, socket](std::stop_token ending) { Session{*this, socket, std::move(ending)}.run(); });
    }
}

std::string ScriptedPostgres::url() const { return "postgresql://tw@127.0.0.1:" + std::to_string(port_) + "/x?sslmode=disable"; }

void ScriptedPostgres::at(std::string text, Fault fault, std::string sqlstate) {
    const std::lock_guard lock{mutex_};
    planned_.push_back({std::move(text), fault, std::move(sqlstate)});
}

int ScriptedPostgres::count(std::string_view text) const {
    const std::lock_guard lock{mutex_};
    return static_cast<int>(std::ranges::count_if(commands_, [text](const auto& each) { return each.starts_with(text); }));
}

std::optional<ScriptedPostgres::Planned> ScriptedPostgres::take_fault(std::string_view text) {
    const std::lock_guard lock{mutex_};
    commands_.emplace_back(text);
    const auto found = std::ranges::find_if(planned_, [text](const auto& each) { return text.starts_with(each.text); });
    if (found == planned_.end()) return std::nullopt;
    auto planned = std::move(*found);
    planned_.erase(found);
    return planned;
}

}  // namespace tw::test
