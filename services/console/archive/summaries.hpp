#pragma once

#include "proto/console.pb.h"

namespace tw::console {

/// The summary of a trace of which `kept` is known, when spans with the summary `added` came. It is
/// what `summarize` gives for all spans together, but for the order of services and for the first
/// error, which go by arrival.
::console::TraceSummary merge(const ::console::TraceSummary& kept, const ::console::TraceSummary& added);

}  // namespace tw::console
