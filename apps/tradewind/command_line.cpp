#include "apps/tradewind/command_line.hpp"

#include <deque>
#include <functional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace tw::app {
namespace {

using runtime::Setting;

constexpr const char* kFooter =
    "Every setting can also be given by --set KEY=VALUE, as the environment variable TRADEWIND_<KEY>, or in tradewind.toml;\n"
    "flags win over the environment, which wins over the file. `tradewind config show` lists all of them.";

std::string placeholder(const Setting& setting) {
    switch (setting.kind) {
        case Setting::Kind::address:
            return "HOST:PORT";
        case Setting::Kind::integer:
            return "NUMBER";
        case Setting::Kind::choice:
            return fmt::format("{}", fmt::join(setting.choices, "|"));
        default:
            return "TEXT";
    }
}

/// The options that commands with a configuration share, and what they were given.
class SettingOptions {
 public:
    explicit SettingOptions(std::span<const Setting> settings) : settings_{settings} {}

    void add_to(CLI::App& command) {
        for (const auto& setting : settings_) {
            if (setting.option.empty() || setting.option.find(' ') != std::string::npos) continue;
            const auto use = [this, &setting](const std::string& value) {
                flags_.push_back({setting.key, value, setting.option});
            };
            const auto help = setting.fallback.empty() ? setting.help : fmt::format("{} [{}]", setting.help, setting.fallback);
            command.add_option_function<std::string>(setting.option, use, help)->type_name(placeholder(setting));
        }
        const auto grpc = [this](const std::vector<std::string>& pairs) { add_pairs(pairs, ".address", "--grpc"); };
        command.add_option_function<std::vector<std::string>>("--grpc", grpc, "The gRPC port of a module; may be repeated")
            ->type_name("MODULE=HOST:PORT")
            ->allow_extra_args(false);
        const auto set = [this](const std::vector<std::string>& pairs) { add_pairs(pairs, "", "--set"); };
        command.add_option_function<std::vector<std::string>>("--set", set, "Any setting; may be repeated")
            ->type_name("KEY=VALUE")
            ->allow_extra_args(false);
        command.footer(kFooter);
    }

    std::vector<runtime::Assignment> take() { return std::move(flags_); }

 private:
    void add_pairs(const std::vector<std::string>& pairs, std::string_view suffix, std::string_view option) {
        for (const auto& pair : pairs) {
            const auto equals = pair.find('=');
            if (equals == 0 || equals == std::string::npos) {
                throw CLI::ValidationError{std::string{option}, fmt::format("\"{}\" has no name before an equals sign", pair)};
            }
            flags_.push_back({fmt::format("{}{}", pair.substr(0, equals), suffix), pair.substr(equals + 1), std::string{option}});
        }
    }

    std::span<const Setting> settings_;
    std::vector<runtime::Assignment> flags_;
};

}  // namespace

std::variant<CommandLine, int> parse_command_line(int argc, char** argv, std::span<const Setting> settings) {
    CommandLine line;
    SettingOptions options{settings};
    CLI::App app{"Tradewind: users, catalogue, orders and payments as C++ services, in one process or many.", "tradewind"};
    app.require_subcommand(1);
    app.set_help_flag("-h,--help", "Says how this is used");
    app.get_formatter()->column_width(42);

    const auto add = [&](CLI::App& parent, const char* name, const char* help, Command command) {
        auto* const sub = parent.add_subcommand(name, help);
        sub->callback([&line, command] { line.command = command; });
        return sub;
    };
    options.add_to(*add(app, "up", "Runs every module in this process; nothing else is needed", Command::up));
    auto* const serve = add(app, "serve", "Runs the modules named; the others are reached by <NAME>_SERVICE_URL", Command::serve);
    serve->add_option("MODULE", line.modules, "user, catalog, payment, order, gateway; one or several")->required();
    options.add_to(*serve);
    auto* const migrate = add(app, "migrate", "Brings the databases' schemas up to date", Command::migrate);
    migrate->add_option("MODULE", line.modules, "Those modules only; all when none is named");
    const auto mode = [&line](MigrateMode wanted) { return [&line, wanted] { line.migrate_mode = wanted; }; };
    auto* const dry_run = migrate->add_flag_callback("--dry-run", mode(MigrateMode::dry_run),
                                                     "Says which migrations would run, and changes nothing");
    migrate
        ->add_flag_callback("--status", mode(MigrateMode::status),
                            "Lists all migrations as applied or pending; exit code 1 when one is pending")
        ->excludes(dry_run);
    options.add_to(*migrate);
    options.add_to(*add(app, "doctor", "Looks for what keeps tradewind from working here", Command::doctor));
    auto* const healthcheck =
        add(app, "healthcheck", "Asks a running tradewind whether it is ready; exit code 1 when it is not", Command::healthcheck);
    healthcheck->add_flag("--live", line.live, "Asks only whether it is alive, whatever its dependencies");
    options.add_to(*healthcheck);
    auto* const config = app.add_subcommand("config", "Says how this is configured");
    config->require_subcommand(1);
    options.add_to(*add(*config, "show", "Lists every setting with its value and where that comes from", Command::config_show));
    auto* const certs = app.add_subcommand("certs", "Makes certificates");
    certs->require_subcommand(1);
    auto* const certs_dev = add(*certs, "dev", "Makes a development CA and a certificate for each module", Command::certs_dev);
    certs_dev->add_option("--folder", line.folder, "Where they go; made when missing")->capture_default_str();
    certs_dev->add_flag("--force", line.force, "Replaces those that are there");
    add(app, "version", "Says which version this is", Command::version);

    if (argc <= 1) {
        fmt::print("{}", app.help());
        return kUsage;
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& problem) {
        return app.exit(problem) == 0 ? 0 : kUsage;
    }
    line.flags = options.take();
    return line;
}

}  // namespace tw::app
