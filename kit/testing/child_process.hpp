#pragma once

#include <csignal>
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace tw::test {

/// Starts a program, given by its path. The program is killed when this process ends, in whatever
/// way. Its output goes to the file `output`. Under root it runs as an unprivileged user, because
/// servers refuse to run as root. Throws if it cannot be started.
pid_t start_child(const std::vector<std::string>& command, const std::string& output);

/// Starts a program like `start_child` and waits for it. Returns its exit code, or -1.
int run_child(const std::vector<std::string>& command, const std::string& output);

/// Whether the child has ended by itself. After that its process id is no longer valid.
bool has_ended(pid_t child);

/// Sends the signal and waits until the child has ended. Does nothing for an id below 1.
void end_child(pid_t child, int signal);

/// Under root, makes the user that children run as the owner of `path`.
void give_to_child_user(const std::string& path);

/// Returns what a shell command prints, without the newline at its end.
std::string output_of(const std::string& command);

/// Returns a TCP port of loopback on which nobody listens at the moment.
std::uint16_t free_port();

}  // namespace tw::test
