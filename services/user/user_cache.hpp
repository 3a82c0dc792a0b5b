#pragma once

#include "kit/cache/cache_aside.hpp"
#include "proto/user.pb.h"

namespace tw::user {

/// Users as GetUser tells of them.
using UserCache = cache::CacheAside<::user::User>;

/// What UserCache keeps: the message's bytes, under a name that changes with their meaning.
cache::RowCodec<::user::User> user_codec();
cache::CacheAsideOptions user_cache_options();

}  // namespace tw::user
