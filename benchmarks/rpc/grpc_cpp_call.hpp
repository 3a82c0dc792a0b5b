#pragma once

#include <grpcpp/grpcpp.h>

// By the name that gRPC's own generator gives it.
#include "rpc/echo.grpc.pb.h"

namespace tw::bench {

/// What stands behind a tag of a completion queue. Deletes itself when its call has ended.
class GrpcCall {
 public:
    virtual ~GrpcCall() = default;
    virtual void on_event(bool ok) = 0;
};

/// Serves the queue on the calling thread, until it has been shut down and is empty.
inline void run_events(grpc::CompletionQueue& queue) {
    void* tag = nullptr;
    for (bool ok = false; queue.Next(&tag, &ok);) static_cast<GrpcCall*>(tag)->on_event(ok);
}

}  // namespace tw::bench
