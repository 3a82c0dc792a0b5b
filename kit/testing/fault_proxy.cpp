#include "kit/testing/fault_proxy.hpp"

#include <array>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace tw::test {
namespace {

constexpr int kTurnMs = 2;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

void send_soon(int socket) {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// Closes a socket by a reset, as in a network failure.
void cut_off(int socket) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    ::close(socket);
}

bool send_all(int socket, const char* bytes, std::size_t size) {
    while (size > 0) {
        const auto sent = ::send(socket, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes += sent;
        size -= static_cast<std::size_t>(sent);
    }
    return true;
}

}  // namespace

/// A client's connection and the one to the server. It counts the bytes that each side has sent,
/// and keeps the last ones to find texts that span two reads.
struct FaultProxy::Pair {
    Pair(int client, int server) : sockets{client, server} {}
    ~Pair() {
        for (const int socket : sockets) cut_off(socket);
    }
    std::array<int, 2> sockets;
    std::array<std::size_t, 2> sent{};
    std::array<std::string, 2> tails;
};

FaultProxy::FaultProxy(std::uint16_t target) : target_{target} {
    listen();
    thread_ = std::jthread{[this](const std::stop_token& stop) { serve(stop); }};
}

FaultProxy::~FaultProxy() {
    thread_ = {};
    pairs_.clear();
    if (listener_ >= 0) ::close(listener_);
}

void FaultProxy::ask(Cut cut) {
    const std::lock_guard lock{mutex_};
    cut_ = std::move(cut);
    cutting_ = true;
}

void FaultProxy::cut_at(From side, std::string bytes) { ask({.side = side, .bytes = std::move(bytes)}); }

void FaultProxy::cut_after(From side, std::size_t bytes) { ask({.side = side, .bytes = {}, .after = bytes}); }

void FaultProxy::cut_all() {
    cutting_all_ = true;
    while (cutting_all_) std::this_thread::sleep_for(std::chrono::milliseconds{1});
}

/// Listens on the same port each time.
void FaultProxy::listen() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    auto address = loopback(port_);
    socklen_t size = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, raw, size) != 0 || ::listen(listener_, 128) != 0 || ::getsockname(listener_, raw, &size) != 0) {
        throw std::runtime_error{"the proxy cannot listen"};
    }
    port_ = ntohs(address.sin_port);
}

void FaultProxy::accept() {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(target_);
    if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        cut_off(client);
        ::close(server);
        return;
    }
    send_soon(client);
    send_soon(server);
    pairs_.push_back(std::make_unique<Pair>(client, server));
}

void FaultProxy::serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        if (refusing_ && listener_ >= 0) ::close(std::exchange(listener_, -1));
        if (!refusing_ && listener_ < 0) listen();
        if (cutting_all_) {
            pairs_.clear();
            cutting_all_ = false;
        }
        std::vector<pollfd> watched{{.fd = listener_, .events = POLLIN, .revents = 0}};
        for (const auto& pair : pairs_) {
            for (const int socket : pair->sockets) watched.push_back({.fd = socket, .events = POLLIN, .revents = 0});
        }
        if (swallowing_) watched.resize(1);
        if (::poll(watched.data(), watched.size(), kTurnMs) <= 0) {
            if (swallowing_) std::this_thread::sleep_for(std::chrono::milliseconds{kTurnMs});
            continue;
        }
        for (std::size_t i = 1; i < watched.size(); ++i) {
            auto& pair = pairs_[(i - 1) / 2];
            if (watched[i].revents != 0 && pair && !pass_on(*pair, static_cast<From>((i - 1) % 2))) pair = nullptr;
        }
        std::erase(pairs_, nullptr);
        if (watched[0].revents != 0) accept();
    }
}

/// Returns false when the connection is over.
bool FaultProxy::pass_on(Pair& pair, From side) {
    const auto from = static_cast<std::size_t>(side);
    std::array<char, 16 * 1024> bytes;
    const auto size = ::recv(pair.sockets[from], bytes.data(), bytes.size(), 0);
    if (size <= 0 || meets_cut(pair, side, bytes.data(), static_cast<std::size_t>(size))) return false;
    if (const auto delay = delay_ms_.load(); delay > 0) std::this_thread::sleep_for(std::chrono::milliseconds{delay});
    return send_all(pair.sockets[1 - from], bytes.data(), static_cast<std::size_t>(size));
}

bool FaultProxy::meets_cut(Pair& pair, From side, const char* bytes, std::size_t size) {
    const auto from = static_cast<std::size_t>(side);
    pair.sent[from] += size;
    pair.tails[from].append(bytes, size);
    const std::lock_guard lock{mutex_};
    bool met = false;
    if (cut_ && cut_->side == side) {
        met = cut_->bytes.empty() ? pair.sent[from] >= cut_->after : pair.tails[from].find(cut_->bytes) != std::string::npos;
    }
    const auto keep = cut_ ? cut_->bytes.size() : 0;
    if (pair.tails[from].size() > keep) pair.tails[from].erase(0, pair.tails[from].size() - keep);
    if (met) {
        cut_.reset();
        cutting_ = false;
    }
    return met;
}

}  // namespace tw::test
