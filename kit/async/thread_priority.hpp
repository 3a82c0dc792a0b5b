#pragma once

namespace tw {

/// Lets other threads of the machine go first: the calling thread gets processor time that nobody
/// else wants, and a small share when all processors are busy (nice value 10, see setpriority(2)).
/// When it wakes up, it does not interrupt them (SCHED_BATCH, see sched(7)).
/// It is for work in the background that must not slow requests down. On Linux a thread has a nice
/// value of its own.
void lower_thread_priority();

}  // namespace tw
