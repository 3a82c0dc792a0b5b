#include "apps/tradewind/command_line.hpp"

#include "apps/tradewind/setting_options.hpp"
#include "apps/tradewind/usage_hints.hpp"
#include "kit/runtime/standard_error.hpp"

#include <initializer_list>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace tw::app {
namespace {

constexpr std::string_view kPrecedence =
    "Flags win over the environment, which wins over tradewind.toml. `tradewind config show` lists all settings.\n";
constexpr std::string_view kDatabase = "  DATABASE_URL                 PostgreSQL for all modules, instead of SQLite files\n";
constexpr std::string_view kRedis =
    "  REDIS_URL                    Redis, for the cache and for limits that all replicas share\n";
constexpr std::string_view kServices = "  <MODULE>_SERVICE_URL         Where a module is that another process runs\n";
constexpr std::string_view kTelemetry =
    "  OTEL_EXPORTER_OTLP_ENDPOINT  The receiver of traces, metrics and logs; all OTEL_ variables count\n";
constexpr std::string_view kAny = "  TRADEWIND_<KEY>              Any setting: TRADEWIND_HTTP_ADDRESS is http.address\n";

/// Returns the text below the options: the environment variables of the command, and an example.
std::string footer(std::initializer_list<std::string_view> variables, std::string_view example) {
    std::string text = "Environment:\n";
    for (const auto variable : variables) text += variable;
    return fmt::format("{}{}{}\nExample:\n{}", text, kAny, kPrecedence, example);
}

/// Builds the commands, which store what they parse in `line` and in `options`.
class Commands {
 public:
    Commands(CommandLine& line, SettingOptions& options) : line_{line}, options_{options} {
        app_.require_subcommand(1);
        app_.set_help_flag("-h,--help", kHelp);
        app_.get_formatter()->column_width(42);
        app_.add_flag_callback("--version", [this] { version(); }, "Show the version");
        add_running();
        add_data();
        add_looking();
        add_certificates();
        app_.footer("`tradewind help COMMAND` shows the options of a command.");
    }

    CLI::App& app() { return app_; }
    const std::vector<std::string>& help_words() const { return help_words_; }
    bool wants_help() const { return help_->parsed(); }

 private:
    static constexpr const char* kHelp = "Show this help";
    using Names = std::initializer_list<std::string_view>;

    [[noreturn]] void version() {
        line_.command = Command::version;
        throw CLI::Success{};
    }

    CLI::App& add(CLI::App& parent, const char* name, const char* help, Command command) {
        auto* const sub = parent.add_subcommand(name, help);
        sub->callback([this, command] { line_.command = command; });
        return *sub;
    }

    /// Completes a command. The command's own options have been added before, so that the help
    /// shows them first.
    void finish(CLI::App& command, Names shown, std::string foot) {
        command.set_help_flag("-h,--help", kHelp);
        options_.add_to(command, std::vector<std::string_view>{shown});
        command.footer(std::move(foot));
    }

    void add_running() {
        const Names serving{"--http",    "--ops",        "--grpc",      "--data",  "--ports",
                            "--profile", "--ready-file", "--log-level", "--config"};
        finish(add(app_, "up", "Run all modules in one process; nothing else is needed", Command::up), serving,
               footer({kDatabase, kRedis, kTelemetry}, "  tradewind up --data ./data --http 127.0.0.1:8080"));
        auto& serve = add(app_, "serve", "Run the modules named in one process; they call the others over gRPC", Command::serve);
        serve.add_option("MODULE", line_.modules, "user, catalog, payment, order, gateway; one or several")->required();
        finish(serve, serving,
               footer({kDatabase, kRedis, kServices, kTelemetry},
                      "  CATALOG_SERVICE_URL=http://127.0.0.1:50054 tradewind serve user order --data ./data"));
        auto& healthcheck = add(app_, "healthcheck", "Ask a running tradewind whether it is ready; exit code 1 when it is not",
                                Command::healthcheck);
        healthcheck.add_flag("--live", line_.live, "Ask only whether it is alive, whatever its dependencies");
        finish(healthcheck, {"--ops", "--config"}, footer({}, "  tradewind healthcheck --ops 127.0.0.1:9464"));
    }

    void add_data() {
        auto& migrate = add(app_, "migrate", "Bring the schemas of the databases up to date", Command::migrate);
        migrate.add_option("MODULE", line_.modules, "Only these modules; all when none is named");
        const auto mode = [this](MigrateMode wanted) { return [this, wanted] { line_.migrate_mode = wanted; }; };
        auto* const dry_run = migrate.add_flag_callback("--dry-run", mode(MigrateMode::dry_run),
                                                        "Show which migrations would run, and change nothing");
        migrate
            .add_flag_callback("--status", mode(MigrateMode::status),
                               "List all migrations as applied or pending; exit code 1 when one is pending")
            ->excludes(dry_run);
        finish(migrate, {"--data", "--config"}, footer({kDatabase}, "  tradewind migrate --status"));

        auto& backup = add(app_, "backup", "Copy the SQLite databases to a folder, also while tradewind runs", Command::backup);
        backup.add_option("FOLDER", line_.folder, "Where the copies go; made when missing, else it must be empty")->required();
        finish(backup, {"--data", "--config"}, footer({}, "  tradewind backup ./backup-monday --data ./data"));
        auto& restore = add(app_, "restore", "Bring the SQLite databases back from a backup's folder", Command::restore);
        restore.add_option("FOLDER", line_.folder, "What `tradewind backup` has made")->required();
        restore.add_flag("--force", line_.force, "Replace the databases that are there");
        finish(restore, {"--data", "--config"}, footer({}, "  tradewind restore ./backup-monday --data ./data"));
        auto& copy = add(app_, "copy", "Copy the data from SQLite to an empty PostgreSQL database", Command::copy);
        copy.add_option("MODULE", line_.modules, "Only these modules; all when none is named");
        copy.add_option("--to", line_.to, "The database to fill")->required()->type_name("URL");
        finish(copy, {"--data", "--config"}, footer({}, "  tradewind copy --to postgresql://shop:PASSWORD@127.0.0.1:5432/shop"));
    }

    void add_looking() {
        finish(add(app_, "doctor", "Look for what keeps tradewind from working here", Command::doctor),
               {"--http", "--ops", "--grpc", "--data", "--profile", "--config"},
               footer({kDatabase, kRedis, kServices}, "  tradewind doctor --data ./data"));
        auto& config = *app_.add_subcommand("config", "Show how this is configured");
        config.require_subcommand(1);
        finish(add(config, "show", "List every setting with its value and where that comes from", Command::config_show),
               {"--config", "--data"},
               footer({kDatabase, kRedis, kServices, kTelemetry}, "  tradewind config show --profile production"));
        help_ = app_.add_subcommand("help", "Show the help of a command");
        help_->add_option("COMMAND", help_words_, "Its name; without one, all commands are listed");
        add(app_, "version", "Show the version", Command::version);
    }

    void add_certificates() {
        auto* const certs = app_.add_subcommand("certs", "Make certificates");
        certs->require_subcommand(1);
        auto& dev = add(*certs, "dev", "Make a development CA and a certificate for each module", Command::certs_dev);
        dev.add_option("--folder", line_.folder, "Where they go; made when missing [certs]");
        dev.add_flag("--force", line_.force, "Replace those that are there");
        dev.set_help_flag("-h,--help", kHelp);
        dev.footer("Example:\n  tradewind certs dev --folder ./certs");
    }

    CommandLine& line_;
    SettingOptions& options_;
    std::vector<std::string> help_words_;
    CLI::App app_{"Tradewind: users, catalogue, orders and payments as C++ services, in one process or many.", "tradewind"};
    CLI::App* help_ = nullptr;
};

int show_help(const CLI::App& app, std::span<const std::string> words) {
    const auto* command = find_command(app, words);
    if (command == nullptr) {
        runtime::print_error("tradewind: there is no command \"{}\"; `tradewind help` lists them\n", fmt::join(words, " "));
        return kUsage;
    }
    const auto* parent = command->get_parent();
    // The parsed command is `help` itself. CLI11 would print the help of `help` instead of the
    // program's.
    fmt::print("{}", command->get_formatter()->make_help(command, parent == nullptr ? "tradewind" : path_of(*command),
                                                         CLI::AppFormatMode::Normal));
    return 0;
}

}  // namespace

std::variant<CommandLine, int> parse_command_line(int argc, char** argv, std::span<const runtime::Setting> settings) {
    CommandLine line;
    SettingOptions options{settings};
    Commands commands{line, options};
    auto& app = commands.app();
    if (argc <= 1) {
        fmt::print("{}", app.help());
        return kUsage;
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& answered) {
        if (line.command == Command::version) return line;
        return app.exit(answered);
    } catch (const CLI::ParseError& problem) {
        runtime::print_error("tradewind: {}\n", explain_usage(app, problem, settings));
        return kUsage;
    }
    if (commands.wants_help()) return show_help(app, commands.help_words());
    line.flags = options.take();
    return line;
}

}  // namespace tw::app
