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
//   REDIS_READ_ONLY       UNAVAILABLE          the server is a replica (READONLY), perhaps since a moment ago
//   REDIS_NOT_SAVING      UNAVAILABLE          the server takes no writes: it cannot save, or lacks replicas
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

Error read_only(std::string cause);
/// Whether the server is a replica. Its connection is of no use: the primary may be elsewhere under the same name by now.
bool is_read_only(const Error& error);

/// Whether Redis as a whole is at fault (away, slow, loading, a replica), and not one key or command.
bool is_outage(const Error& error);

}  // namespace tw::redis
