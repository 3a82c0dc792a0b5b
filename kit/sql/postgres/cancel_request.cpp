#include "kit/sql/postgres/cancel_request.hpp"

#include <array>
#include <memory>
#include <thread>
#include <utility>

namespace tw::sql::pg {
namespace {

struct Free {
    void operator()(PGcancel* request) const { PQfreeCancel(request); }
};
using Request = std::unique_ptr<PGcancel, Free>;

}  // namespace

void request_cancel(PGconn& connection, std::move_only_function<void()> done) {
    Request request{PQgetCancel(&connection)};
    if (!request) return done();
    std::thread{[request = std::move(request), done = std::move(done)]() mutable {
        std::array<char, 256> message{};
        static_cast<void>(PQcancel(request.get(), message.data(), static_cast<int>(message.size())));
        done();
    }}.detach();
}

}  // namespace tw::sql::pg
