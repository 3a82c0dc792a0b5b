#include "apps/tradewind/open_page.hpp"

#include "apps/tradewind/program.hpp"
#include "kit/runtime/standard_error.hpp"

#include <array>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>

namespace tw::app {

void open_page(const std::string& url) {
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    // What the browser prints does not belong between the lines of this process.
    ::posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    std::string program = "xdg-open";
    std::string argument = url;
    const std::array<char*, 3> arguments{program.data(), argument.data(), nullptr};
    pid_t pid = 0;
    const int failed = ::posix_spawnp(&pid, program.c_str(), &files, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    if (failed != 0) {
        runtime::print_error("{}: cannot open {}: xdg-open: {}\n", program_name().text(), url, std::strerror(failed));
        return;
    }
    std::thread{[pid, url] {
        int status = 0;
        if (::waitpid(pid, &status, 0) == pid && status != 0)
            runtime::print_error("{}: cannot open {}: xdg-open failed\n", program_name().text(), url);
    }}.detach();
}

}  // namespace tw::app
