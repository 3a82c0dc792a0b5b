#include "kit/testing/child_process.hpp"

#include "kit/async/worker_pool.hpp"

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <future>
#include <grp.h>
#include <netinet/in.h>
#include <optional>
#include <pwd.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tw::test {
namespace {

struct ChildUser {
    uid_t user;
    gid_t group;
};

/// Returns the user that children run as. Returns nothing unless this process is root.
std::optional<ChildUser> child_user() {
    if (::geteuid() != 0) return std::nullopt;
    for (const auto* name : {"postgres", "nobody"}) {
        if (const auto* entry = ::getpwnam(name)) return ChildUser{entry->pw_uid, entry->pw_gid};
    }
    throw std::runtime_error{"servers refuse root, and there is neither a user postgres nor nobody"};
}

/// The thread that starts children. The system sends a child its signal when the thread that
/// started it ends, so this thread stays until the process ends.
WorkerPool& child_starter() {
    static WorkerPool thread{1};
    return thread;
}

/// Runs in the child between fork and exec, where only async-signal-safe calls are allowed.
[[noreturn]] void exec_child(char* const* arguments, int output, const std::optional<ChildUser>& as, pid_t parent) {
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    if (as && (::setgroups(0, nullptr) != 0 || ::setgid(as->group) != 0 || ::setuid(as->user) != 0)) ::_exit(126);
    // Changing the user clears this setting, so it comes afterwards. PostgreSQL shuts down at once
    // on this signal.
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (::getppid() != parent) ::_exit(125);
    ::execv(arguments[0], arguments);
    ::_exit(127);
}

}  // namespace

pid_t start_child(const std::vector<std::string>& command, const std::string& output) {
    std::vector<char*> arguments;
    for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const auto as = child_user();
    const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) throw std::runtime_error{"cannot write " + output};
    const auto parent = ::getpid();
    std::promise<pid_t> started;
    child_starter().post([&] {
        const auto forked = ::fork();
        if (forked == 0) exec_child(arguments.data(), file, as, parent);
        started.set_value(forked);
    });
    const auto child = started.get_future().get();
    ::close(file);
    if (child < 0) throw std::runtime_error{"cannot start " + command.front()};
    return child;
}

int run_child(const std::vector<std::string>& command, const std::string& output) {
    int status = 0;
    const auto child = start_child(command, output);
    if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
    return WEXITSTATUS(status);
}

bool has_ended(pid_t child) { return ::waitpid(child, nullptr, WNOHANG) != 0; }

void end_child(pid_t child, int signal) {
    if (child < 1) return;
    ::kill(child, signal);
    ::waitpid(child, nullptr, 0);
}

void give_to_child_user(const std::string& path) {
    const auto owner = child_user();
    if (owner && ::chown(path.c_str(), owner->user, owner->group) != 0) throw std::runtime_error{"cannot give away " + path};
}

std::string output_of(const std::string& command) {
    std::string text;
    FILE* const pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return text;
    char buffer[256];
    while (const auto count = std::fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, count);
    ::pclose(pipe);
    while (text.ends_with('\n')) text.pop_back();
    return text;
}

std::uint16_t free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool bound = ::bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                       ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    ::close(socket);
    if (!bound) throw std::runtime_error{"no free port"};
    return ntohs(address.sin_port);
}

}  // namespace tw::test
