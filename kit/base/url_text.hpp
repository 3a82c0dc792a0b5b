#pragma once

#include <string>
#include <string_view>

namespace tw {

/// `url` as it may be printed: in a message, a log line, `config show`. Every place that prints a URL or an address that a person
/// has configured calls this function, also for a text that turned out to be no URL.
///
/// The result consists of parts that are known to be harmless: scheme, user name, hosts, numeric ports, path, and the values of
/// query parameters that hold no secret ("sslmode"). Everything else reads "***": passwords, a user name without a password (many
/// services take a token there), unknown parameters, a fragment, and whatever follows a character that should have been escaped,
/// since it may belong to a password. libpq's keyword form ("host=db password=x") is treated alike. Blanks around it are cut off.
std::string printable_url(std::string_view url);

}  // namespace tw
