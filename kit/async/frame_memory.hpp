#pragma once

#include <cstddef>

namespace tw::detail {

/// Returns memory for the frame of a coroutine. A request makes dozens of frames, and most of them
/// have a size that the thread has freed a moment ago. So each thread keeps some freed frames and
/// hands them out again, also those that are too large for malloc's own cache (1,032 bytes). What a
/// thread keeps is bounded. Throws std::bad_alloc if there is no memory.
void* take_frame(std::size_t bytes);

/// Frees the memory of a frame. Any thread may free the frame. `bytes` is what it was taken with.
void free_frame(void* frame, std::size_t bytes) noexcept;

}  // namespace tw::detail
