#pragma once

#include "kit/async/event_loop.hpp"

#include <functional>

#include <libpq-fe.h>

namespace tw::sql::pg {

/// Asks the server to cancel what `connection` is running, and then calls `done` on another thread,
/// whether the server received the request or not.
///
/// libpq sends the request on its own connection and waits until the server closes it. If the
/// network loses packets, or a proxy stands between, that may take for ever. The request therefore
/// has its own thread, and neither the workers nor the end of the process wait for it. `done` must
/// stay valid for that long. If `loop` is a simulation's, the thread is one of the simulation's
/// workers, and the server listens on a Unix domain socket and needs only the number of the
/// process.
void request_cancel(EventLoop& loop, PGconn& connection, std::move_only_function<void()> done);

}  // namespace tw::sql::pg
