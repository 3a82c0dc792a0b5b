#pragma once

#include <string>
#include <string_view>

namespace tw::runtime {

/// The id of the container that a process is in: 64 hexadecimal digits, found where container
/// engines leave them in the text of /proc/self/cgroup (cgroups v1) or of /proc/self/mountinfo
/// (v2). Empty where there is none.
std::string container_id_of_cgroup(std::string_view text);
std::string container_id_of_mountinfo(std::string_view text);

/// This process's, by either file.
std::string own_container_id();

}  // namespace tw::runtime
