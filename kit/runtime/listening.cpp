#include "kit/runtime/listening.hpp"

#include "kit/base/json_text.hpp"
#include "kit/runtime/process_settings.hpp"
#include "kit/runtime/reasons.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

constexpr std::string_view kReadyStart = "{\"pid\":";

Error cannot_write(const std::string& path, int error_number) {
    return Error{Code::unavailable, "READY_FILE",
                 fmt::format("cannot write the ready file {}: {}", path, std::strerror(error_number))};
}

std::string temporary_name(const std::string& path) { return fmt::format("{}.{}.tmp", path, ::getpid()); }

/// The beginning of a file, as far as a ready file could be long; nothing where it cannot be read.
std::optional<std::string> read_start(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return std::nullopt;
    std::array<char, 4096> text;
    const auto length = ::read(fd, text.data(), text.size());
    ::close(fd);
    if (length < 0) return std::nullopt;
    return std::string{text.data(), static_cast<std::size_t>(length)};
}

Error bad_ready_file(const std::string& path, std::string_view why) {
    return Error{Code::invalid_argument, reason::kBadConfig,
                 fmt::format("the ready file {} cannot be written: {}; choose another with --ready-file", path, why)};
}

/// A text for a socket that people can reach from this machine.
std::string shown(const net::Address& address, std::string_view scheme) {
    return address.is_local_socket() ? address.to_string() : fmt::format("{}{}", scheme, address.to_string());
}

}  // namespace

net::Address planned_address(const Config& config, std::string_view key) {
    // The setting's kind has seen to it that this is an address.
    auto address = net::Address::parse(config.text(key)).value();
    const bool by_flag = config.entry(key).origin.starts_with("--");
    if (runtime_settings(config).free_ports && !by_flag) address.port = 0;
    return address;
}

Listening plan_listening(const Config& config, std::span<const ModuleSpec> modules) {
    Listening plan{.ops = planned_address(config, "ops.address")};
    for (const auto& module : modules) {
        if (module.serves_http) plan.http = planned_address(config, "http.address");
        const std::string name{module.name};
        if (module.grpc_port != 0) plan.grpc.emplace_back(name, planned_address(config, name + ".address"));
    }
    return plan;
}

std::string address_hint(const Config& config, std::string_view key) {
    const auto& setting = config.entry(key).setting;
    const auto separator = setting.option.ends_with('=') ? "" : " ";
    return fmt::format("set {}{}HOST:PORT or {}, or take free ports with --ports auto", setting.option, separator,
                       config.variable(key));
}

std::string ready_json(int pid, const Listening& listening) {
    std::string out = fmt::format("{}{}", kReadyStart, pid);
    const auto add = [&out](std::string_view name, const net::Address& address) {
        append_json_string(out, name);
        out += ':';
        append_json_string(out, address.to_string());
    };
    if (listening.http) {
        out += ',';
        add("http", *listening.http);
    }
    out += ',';
    add("ops", listening.ops);
    for (const auto& [name, address] : listening.own) {
        out += ',';
        add(name, address);
    }
    out += ",\"grpc\":{";
    for (std::size_t i = 0; i < listening.grpc.size(); ++i) {
        if (i > 0) out += ',';
        add(listening.grpc[i].first, listening.grpc[i].second);
    }
    out += "}}";
    return out;
}

Result<void> prepare_ready_file(const std::string& path) {
    struct stat found{};
    if (::stat(path.c_str(), &found) == 0) {
        if (S_ISDIR(found.st_mode)) return bad_ready_file(path, "it is a folder");
        const auto text = read_start(path);
        if (!text || (!text->empty() && !text->starts_with(kReadyStart))) return bad_ready_file(path, "it is another file");
    }
    const auto temporary = temporary_name(path);
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return bad_ready_file(path, std::strerror(errno));
    ::close(fd);
    ::unlink(temporary.c_str());
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return bad_ready_file(path, std::strerror(errno));
    return {};
}

void remove_ready_file(const std::string& path, const std::string& json) {
    if (read_start(path) == json + "\n") ::unlink(path.c_str());
}

std::string describe(const Listening& listening, std::string_view http_scheme, std::string_view ops_scheme) {
    std::string text;
    for (const auto& [name, address] : listening.own) text += fmt::format("{} {}, ", name, address.to_string());
    if (listening.http) text += fmt::format("API {}, ", shown(*listening.http, http_scheme));
    for (const auto& [module, address] : listening.grpc) text += fmt::format("gRPC {} {}, ", module, address.to_string());
    return text + fmt::format("operations {}", shown(listening.ops, ops_scheme));
}

Result<void> write_ready_file(const std::string& path, const std::string& json) {
    const auto temporary = temporary_name(path);
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return cannot_write(path, errno);
    const auto text = json + "\n";
    const auto written = ::write(fd, text.data(), text.size());
    const int write_error = written < 0 ? errno : ENOSPC;
    ::close(fd);
    if (written != static_cast<ssize_t>(text.size())) {
        ::unlink(temporary.c_str());
        return cannot_write(path, write_error);
    }
    if (std::rename(temporary.c_str(), path.c_str()) != 0) {
        const int rename_error = errno;
        ::unlink(temporary.c_str());
        return cannot_write(path, rename_error);
    }
    return {};
}

}  // namespace tw::runtime
