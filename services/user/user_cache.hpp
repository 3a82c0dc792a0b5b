#pragma once

#include "kit/cache/cache_aside.hpp"
#include "proto/user.pb.h"

namespace tw::user {

/// Caches users as messages, as GetUser returns them.
using UserCache = cache::CacheAside<::user::User>;

/// The cached values are the bytes of the message. Change the cache's name in the options when
/// their meaning changes.
cache::RowCodec<::user::User> user_codec();
cache::CacheAsideOptions user_cache_options();

}  // namespace tw::user
