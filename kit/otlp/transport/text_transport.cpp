#include "kit/otlp/transport/text_transport.hpp"

#include "kit/otlp/otlp_json.hpp"
#include "kit/otlp/transport/write_whole.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace tw::otlp {
namespace {

std::string message_of(int error_number) { return std::generic_category().message(error_number); }

}  // namespace

Result<std::unique_ptr<Transport>> TextTransport::to_file(const std::string& path) {
    constexpr int kMode = 0640;
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kMode);
    if (fd < 0) {
        return Error{Code::failed_precondition, "FILE_NOT_OPEN", "\"" + path + "\" cannot be written: " + message_of(errno)};
    }
    return std::make_unique<TextTransport>(fd, true, false);
}

std::unique_ptr<Transport> TextTransport::to_console() { return std::make_unique<TextTransport>(STDOUT_FILENO, false, true); }

TextTransport::~TextTransport() {
    if (owned_) ::close(fd_);
}

Task<SendOutcome> TextTransport::send(const CallContext& ctx, telemetry::Signal signal, std::string_view request) {
    if (ctx.over()) co_return SendOutcome::refusal(ctx.over()->detail());
    auto text = to_json(signal, request, indented_);
    if (text.empty()) co_return SendOutcome::refusal("the request has no JSON form");
    if (!text.ends_with('\n')) text += '\n';
    const int error = write_whole(fd_, text);
    if (error != 0) co_return SendOutcome::refusal("write: " + message_of(error));
    co_return SendOutcome{};
}

}  // namespace tw::otlp
