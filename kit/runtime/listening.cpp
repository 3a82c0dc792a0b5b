#include "kit/runtime/listening.hpp"

#include "kit/base/json_text.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

net::Address planned_address(const Config& config, std::string_view key) {
    // The setting's kind has seen to it that this is an address.
    auto address = net::Address::parse(config.text(key)).value();
    const bool by_flag = config.entry(key).origin.starts_with("--");
    if (config.text("runtime.ports") == "auto" && !by_flag) address.port = 0;
    return address;
}

Error cannot_write(const std::string& path, int error_number) {
    return Error{Code::unavailable, "READY_FILE",
                 fmt::format("cannot write the ready file {}: {}", path, std::strerror(error_number))};
}

}  // namespace

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
                       setting.environment_name());
}

std::string ready_json(int pid, const Listening& listening) {
    std::string out = fmt::format("{{\"pid\":{}", pid);
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
    out += ",\"grpc\":{";
    for (std::size_t i = 0; i < listening.grpc.size(); ++i) {
        if (i > 0) out += ',';
        add(listening.grpc[i].first, listening.grpc[i].second);
    }
    out += "}}";
    return out;
}

Result<void> write_ready_file(const std::string& path, const std::string& json) {
    const auto temporary = fmt::format("{}.{}.tmp", path, ::getpid());
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
