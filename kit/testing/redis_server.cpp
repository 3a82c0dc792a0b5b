#include "kit/testing/redis_server.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <sstream>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace tw::test {
namespace {

using namespace std::chrono_literals;

std::string program() {
    if (const char* const named = std::getenv("TW_REDIS_BIN"); named != nullptr && *named != '\0') {
        if (::access(named, X_OK) != 0) throw std::runtime_error{"TW_REDIS_BIN names no program: " + std::string{named}};
        return named;
    }
    const char* const path = std::getenv("PATH");
    for (const auto* const name : {"redis-server", "valkey-server"}) {
        std::istringstream folders{path != nullptr ? path : "/usr/bin"};
        for (std::string folder; std::getline(folders, folder, ':');) {
            const auto candidate = folder + "/" + name;
            if (::access(candidate.c_str(), X_OK) == 0) return candidate;
        }
    }
    throw std::runtime_error{"neither redis-server nor valkey-server is installed: ./dev setup installs one"};
}

sockaddr_in loopback_address(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
}

/// Returns a port that was free a moment ago. If another process takes it, the server does not
/// start.
int free_redis_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = loopback_address(0);
    socklen_t size = sizeof address;
    const bool fine = ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                      ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    ::close(socket);
    if (!fine) throw std::runtime_error{"no free port for redis-server"};
    return ntohs(address.sin_port);
}

/// Runs in the child, where only async-signal-safe calls are allowed after a fork.
[[noreturn]] void exec_redis(const std::string& path, std::vector<char*>& arguments, pid_t parent, const std::string& log) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::execv(path.c_str(), arguments.data());
    ::_exit(127);
}

}  // namespace

RedisServer::RedisServer(std::vector<std::string> arguments) : arguments_{std::move(arguments)} {
    std::string folder = std::filesystem::temp_directory_path() / "tw-redis-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error{"cannot make " + folder};
    folder_ = folder;
    try {
        start();
    } catch (...) {
        kill();
        std::filesystem::remove_all(folder_);
        throw;
    }
}

RedisServer::~RedisServer() {
    kill();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

RedisServer& RedisServer::shared() {
    static RedisServer server;
    return server;
}

std::string RedisServer::url(int database) const {
    return "redis://127.0.0.1:" + std::to_string(port_) + (database != 0 ? "/" + std::to_string(database) : "");
}

void RedisServer::start() {
    const auto path = program();
    if (port_ == 0) port_ = free_redis_port();
    std::vector<std::string> line{path,
                                  "--port",
                                  std::to_string(port_),
                                  "--bind",
                                  "127.0.0.1",
                                  "--dir",
                                  folder_,
                                  "--save",
                                  "",
                                  "--appendonly",
                                  "no",
                                  "--daemonize",
                                  "no",
                                  "--databases",
                                  "16",
                                  "--enable-debug-command",
                                  "local"};
    line.insert(line.end(), arguments_.begin(), arguments_.end());
    std::vector<char*> pointers;
    for (auto& argument : line) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    const auto log = folder_ + "/log";
    const auto parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) exec_redis(path, pointers, parent, log);
    if (pid_ < 0) throw std::runtime_error{"cannot fork"};
    wait_until_it_answers();
}

void RedisServer::wait_until_it_answers() {
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (true) {
        try {
            const auto answer = command({"PING"});
            // A server that demands a password is ready too.
            if (answer.starts_with("+PONG") || answer.starts_with("-NOAUTH") || answer.starts_with("-NOPERM")) return;
        } catch (const std::runtime_error&) {
            // The server does not answer yet. The checks below decide whether to give up.
        }
        int status = 0;
        const bool ended = ::waitpid(pid_, &status, WNOHANG) == pid_;
        if (ended || std::chrono::steady_clock::now() > until) {
            if (ended) pid_ = -1;
            std::ifstream log{folder_ + "/log"};
            std::ostringstream text;
            text << log.rdbuf();
            throw std::runtime_error{"redis-server does not start: " + text.str()};
        }
        std::this_thread::sleep_for(5ms);
    }
}

std::string RedisServer::command(const std::vector<std::string>& parts) const {
    struct Descriptor {
        int number = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ~Descriptor() { ::close(number); }
    } socket;
    const timeval timeout{.tv_sec = 5};
    ::setsockopt(socket.number, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    const auto address = loopback_address(port_);
    if (::connect(socket.number, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw std::runtime_error{std::string{"redis-server cannot be reached: "} + std::strerror(errno)};
    }
    std::string wire = "*" + std::to_string(parts.size()) + "\r\n";
    for (const auto& part : parts) wire += "$" + std::to_string(part.size()) + "\r\n" + part + "\r\n";
    if (::send(socket.number, wire.data(), wire.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(wire.size())) {
        throw std::runtime_error{"redis-server takes no command"};
    }
    ::shutdown(socket.number, SHUT_WR);
    std::string answer;
    while (true) {
        char buffer[4096];
        const auto count = ::recv(socket.number, buffer, sizeof buffer, 0);
        if (count > 0) answer.append(buffer, static_cast<std::size_t>(count));
        if (count == 0 && !answer.empty()) return answer;
        if (count <= 0) throw std::runtime_error{"redis-server does not answer"};
    }
}

void RedisServer::kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

void RedisServer::freeze() const { ::kill(pid_, SIGSTOP); }
void RedisServer::thaw() const { ::kill(pid_, SIGCONT); }

}  // namespace tw::test
