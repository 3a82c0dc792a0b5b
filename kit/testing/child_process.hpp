#pragma once

#include <csignal>
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace tw::test {

/// Starts a program, found by its path, that is killed when this process ends, however that happens. Its output goes to the
/// file `output`. Under root it runs as an unprivileged user, because servers refuse root. Throws where it cannot.
pid_t start_child(const std::vector<std::string>& command, const std::string& output);

/// As above, and waits for it: its exit code, or -1.
int run_child(const std::vector<std::string>& command, const std::string& output);

/// Whether it has ended by itself; then its id is nobody's any more.
bool has_ended(pid_t child);

/// Sends the signal and waits until it is gone. Does nothing for an id below 1.
void end_child(pid_t child, int signal);

/// Under root, lets the user that children run as own `path`.
void give_to_servant(const std::string& path);

/// What a shell command prints, without the newline at its end.
std::string output_of(const std::string& command);

/// A TCP port of loopback where nobody listens at the moment.
std::uint16_t free_port();

}  // namespace tw::test
