#pragma once

#include <chrono>
#include <optional>

namespace tw::runtime {

/// The signals that end a process, SIGTERM and SIGINT, and SIGHUP, which asks it to read files
/// again. SIGUSR1 and SIGUSR2 are ignored: log rotators send them to every server, and the log goes
/// to standard output, so there is no file to open again. One thread, the main one, waits for them;
/// all others must not get them, so `hold` comes before any thread is made.
class Signals {
 public:
    /// From now on they wait for `wait_for`. Also lets writes fail instead of ending the process,
    /// where a pipe or socket is closed, or a file is as long as it may be (RLIMIT_FSIZE), and
    /// ignores SIGUSR1 and SIGUSR2.
    static void hold();
    /// They end the process as they usually would: while it starts, nothing is lost by that.
    static void release();
    /// Blocks until one comes, and gives its number; nothing when none came for so long. Call while
    /// held.
    static std::optional<int> wait_for(std::chrono::milliseconds time);
    /// The next one ends the process at once, with 128 + its number; and if the process is still
    /// there after `at_most`, it ends with 70, because something that should have kept a deadline
    /// did not.
    static void exit_on_next(std::chrono::seconds at_most);
};

}  // namespace tw::runtime
