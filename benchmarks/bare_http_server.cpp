// The floor under every HTTP figure: what the kernel alone takes for a request and an answer of the given size. Waits with
// epoll, receives, sends the same bytes whatever was asked, and understands nothing. Prints its port; ends with SIGTERM.
//
// usage: bare_http_server BODY_BYTES

#include <arpa/inet.h>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

int listen_anywhere() {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener, generic, size) != 0 || listen(listener, 256) != 0 || getsockname(listener, generic, &size) != 0) {
        std::perror("bare_http_server: listen");
        std::exit(1);
    }
    std::printf("%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    return listener;
}

void watch(int poller, int descriptor, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.fd = descriptor;
    epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
}

void accept_one(int poller, int listener) {
    const int client = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0) return;
    const int on = 1;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(poller, client, EPOLLIN | EPOLLET);
}

void answer(int client, const std::string& response) {
    std::array<char, 8192> request;
    const auto got = recv(client, request.data(), request.size(), 0);
    if (got > 0) {
        send(client, response.data(), response.size(), MSG_NOSIGNAL);
    } else if (got == 0) {
        close(client);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const auto body_bytes = argc == 2 ? std::strtoul(argv[1], nullptr, 10) : 0;
    const auto response =
        "HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(body_bytes) + "\r\n\r\n" + std::string(body_bytes, 'x');
    const int poller = epoll_create1(EPOLL_CLOEXEC);
    const int listener = listen_anywhere();
    watch(poller, listener, EPOLLIN);
    std::array<epoll_event, 128> events;
    while (true) {
        const int ready = epoll_wait(poller, events.data(), events.size(), -1);
        for (int i = 0; i < ready; ++i) {
            const int descriptor = events[i].data.fd;
            descriptor == listener ? accept_one(poller, listener) : answer(descriptor, response);
        }
    }
}
