#pragma once

#include "kit/base/error.hpp"

#include <string>
#include <string_view>

namespace tw::redis {

// The errors of this library. Reasons:
//   REDIS_UNAVAILABLE     UNAVAILABLE          no connection, or it was lost before the answer came
//   REDIS_BUSY            UNAVAILABLE          more commands or bytes are in flight than this client allows itself
//   REDIS_TIMEOUT         DEADLINE_EXCEEDED    no answer within the command's own time; the effect is unknown
//   REDIS_LOADING         UNAVAILABLE          the server is reading its data, or is a replica without its master
//   REDIS_FULL            UNAVAILABLE          the server's memory is used up (OOM)
//   REDIS_READ_ONLY       UNAVAILABLE          a replica, or a server that cannot save
//   REDIS_BUSY_SCRIPT     UNAVAILABLE          the server runs somebody's long script
//   REDIS_CLUSTER         FAILED_PRECONDITION  a node of a cluster, which this client does not speak to (MOVED, ASK)
//   REDIS_AUTHENTICATION  FAILED_PRECONDITION  no password or a wrong one (NOAUTH, WRONGPASS)
//   REDIS_PERMISSION      FAILED_PRECONDITION  the ACL user may not do that (NOPERM)
//   REDIS_DATABASE        FAILED_PRECONDITION  there is no database of that number
//   REDIS_WRONG_TYPE      FAILED_PRECONDITION  the key holds something else
//   REDIS_NO_SCRIPT       FAILED_PRECONDITION  the server does not know the script (NOSCRIPT)
//   REDIS_NO_GROUP        FAILED_PRECONDITION  there is no such consumer group
//   REDIS_GROUP_EXISTS    ALREADY_EXISTS       the consumer group is there already
//   REDIS_PROTOCOL        INTERNAL             the answer is none of the protocol's, or too large
//   REDIS_ERROR           UNKNOWN              anything else that the server says

/// What an error reply ("WRONGTYPE Operation against…") means. Its words become the cause, without what they may quote of
/// a command's arguments.
Error from_reply(std::string_view message);
/// The first word of an error reply, as the semantic conventions want it for `db.response.status_code`.
std::string_view error_prefix(std::string_view message);

Error no_connection(std::string cause);
Error too_busy();
Error no_answer_in_time();
Error broken_protocol(std::string cause);

/// Whether Redis as a whole is at fault (away, slow, loading), and not one key or command.
bool is_outage(const Error& error);

}  // namespace tw::redis
