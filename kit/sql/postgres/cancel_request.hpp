#pragma once

#include "kit/async/event_loop.hpp"

#include <functional>

#include <libpq-fe.h>

namespace tw::sql::pg {

/// Asks the server to stop what `connection` is busy with, and then calls `done`, on another thread, whether it was heard or not.
///
/// libpq sends that word on a connection of its own and waits until the server closes it: for good, where the network swallows
/// what comes or a proxy stands between. So it has a thread of its own that nobody waits for, neither the workers nor the end of
/// the process; `done` must stay valid for as long as that takes. Where `loop` is a simulation's, that thread is one of the
/// simulation's workers, and the server is one that listens on a Unix domain socket and goes by the number of its process.
void request_cancel(EventLoop& loop, PGconn& connection, std::move_only_function<void()> done);

}  // namespace tw::sql::pg
