#pragma once

#include "kit/base/error.hpp"

#include <string>
#include <string_view>

namespace tw::redis {

// The errors of this library, by reason:
//   REDIS_UNAVAILABLE    UNAVAILABLE         no connection, or it was lost before the answer came
//   REDIS_BUSY           UNAVAILABLE         more is in flight than the client's settings allow
//   REDIS_TIMEOUT        DEADLINE_EXCEEDED   no answer in the command's time; its effect is unknown
//   REDIS_LOADING        UNAVAILABLE         the server loads its data, or lacks its master
//   REDIS_FULL           UNAVAILABLE         the server's memory is used up (OOM)
//   REDIS_READ_ONLY      UNAVAILABLE         the server is a replica (READONLY)
//   REDIS_NOT_SAVING     UNAVAILABLE         it takes no writes: it cannot save or lacks replicas
//   REDIS_BUSY_SCRIPT    UNAVAILABLE         the server is busy with a long script
//   REDIS_CLUSTER        FAILED_PRECONDITION a cluster's node (MOVED, ASK); not supported
//   REDIS_AUTHENTICATION FAILED_PRECONDITION no password or a wrong one (NOAUTH, WRONGPASS)
//   REDIS_PERMISSION     FAILED_PRECONDITION the ACL user may not do that (NOPERM)
//   REDIS_DATABASE       FAILED_PRECONDITION there is no database of that number
//   REDIS_WRONG_TYPE     FAILED_PRECONDITION the key holds a value of another type
//   REDIS_NO_SCRIPT      FAILED_PRECONDITION the server does not know the script (NOSCRIPT)
//   REDIS_NO_GROUP       FAILED_PRECONDITION there is no such consumer group
//   REDIS_GROUP_EXISTS   ALREADY_EXISTS      the consumer group is there already
//   REDIS_PROTOCOL       INTERNAL            the answer is malformed, or too large
//   REDIS_ERROR          UNKNOWN             any other error of the server

/// Converts an error reply ("WRONGTYPE Operation against…") to an Error. The reply's text becomes
/// the cause, without the arguments that it may quote.
Error from_reply(std::string_view message);
/// Returns the first word of an error reply, which the semantic conventions ask for as
/// `db.response.status_code`.
std::string_view error_prefix(std::string_view message);

Error no_connection(std::string cause);
Error too_busy();
Error no_answer_in_time();
Error broken_protocol(std::string cause);

Error read_only(std::string cause);
/// Whether the error says that the server is a replica. The connection must then be closed, since
/// the name may resolve to another primary by now.
bool is_read_only(const Error& error);

/// Whether the error concerns Redis as a whole (away, slow, loading, a replica), and not one key or
/// command.
bool is_outage(const Error& error);

}  // namespace tw::redis
