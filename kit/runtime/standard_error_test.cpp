#include "kit/runtime/standard_error.hpp"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace tw::runtime {
namespace {

/// Runs `work` in a child and gives how it ended, as waitpid does.
template <class Work>
int ended_in_child(Work work) {
    const auto child = ::fork();
    if (child == 0) {
        work();
        ::_exit(7);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
}

bool ended_with(int status, int code) { return WIFEXITED(status) && WEXITSTATUS(status) == code; }

TEST(StandardErrorTest, a_text_is_written_whole) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const int status = ended_in_child([&] {
        ::dup2(pipe[1], STDERR_FILENO);
        print_error("{} of {}\n", 1, "many");
    });
    EXPECT_TRUE(ended_with(status, 7));
    ::close(pipe[1]);
    std::string text(64, '\0');
    text.resize(static_cast<std::size_t>(::read(pipe[0], text.data(), text.size())));
    EXPECT_EQ(text, "1 of many\n");
    ::close(pipe[0]);
}

TEST(StandardErrorTest, where_it_cannot_be_written_to_nothing_else_happens) {
    const auto to = [](const char* file) {
        return ended_in_child([file] {
            ::dup2(::open(file, O_WRONLY), STDERR_FILENO);
            write_error("text\n");
        });
    };
    EXPECT_TRUE(ended_with(to("/dev/full"), 7));
    EXPECT_TRUE(ended_with(ended_in_child([] {
                               ::close(STDERR_FILENO);
                               write_error("text\n");
                           }),
                           7));
}

TEST(StandardErrorTest, a_pipe_that_nobody_reads_does_not_end_the_process) {
    const int status = ended_in_child([] {
        ::signal(SIGPIPE, SIG_DFL);
        std::array<int, 2> pipe{};
        if (::pipe(pipe.data()) != 0) ::_exit(1);
        ::close(pipe[0]);
        ::dup2(pipe[1], STDERR_FILENO);
        write_error("text\n");
        sigset_t pending;
        ::sigpending(&pending);
        ::_exit(::sigismember(&pending, SIGPIPE) == 1 ? 2 : 7);
    });
    EXPECT_TRUE(ended_with(status, 7)) << status;
}

TEST(StandardErrorTest, standard_descriptors_that_were_closed_lead_nowhere) {
    for (const int closed : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        const int status = ended_in_child([closed] {
            ::close(closed);
            keep_standard_descriptors();
            ::_exit(::open("/dev/null", O_RDONLY) > STDERR_FILENO && ::fcntl(closed, F_GETFD) >= 0 ? 7 : 1);
        });
        EXPECT_TRUE(ended_with(status, 7)) << closed;
    }
}

}  // namespace
}  // namespace tw::runtime
