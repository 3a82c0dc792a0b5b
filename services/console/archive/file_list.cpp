#include "services/console/archive/file_list.hpp"

#include "services/console/archive/schema.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <ranges>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace tw::console {
namespace {

namespace fs = std::filesystem;

Error folder_unusable(const fs::path& folder, std::string_view why) {
    return Error{Code::failed_precondition, "CONSOLE_FOLDER_UNUSABLE",
                 fmt::format("the console cannot keep its files in {}: {}", folder.string(), why)};
}

std::int64_t size_on_disk(const std::string& path) {
    std::error_code none;
    const auto size = fs::file_size(path, none);
    const auto log_size = fs::file_size(path + "-wal", none);
    return static_cast<std::int64_t>((size == static_cast<std::uintmax_t>(-1) ? 0 : size) +
                                     (log_size == static_cast<std::uintmax_t>(-1) ? 0 : log_size));
}

/// Returns the number of NUMBER.db; 0 for other names.
std::int64_t file_number(const fs::path& path) {
    const auto stem = path.stem().string();
    std::int64_t number = 0;
    const auto read = std::from_chars(stem.data(), stem.data() + stem.size(), number);
    return path.extension() == ".db" && read.ptr == stem.data() + stem.size() ? number : 0;
}

/// Returns what is wrong with the file, or an empty text. All of it is looked at if the process
/// that wrote it last has not closed it.
std::string problem_of(Database& database, bool check_all) {
    const auto application = database.integer("PRAGMA application_id");
    const auto format = database.integer("PRAGMA user_version");
    if (!database.failed() && (application != kApplicationId || format != kFormat))
        return fmt::format("it has format {}, and this program writes format {}", format, kFormat);
    if (check_all && !database.failed()) {
        auto rows = database.query("PRAGMA quick_check(1)");
        if (rows.next() && rows.blob(0) != "ok") return fmt::format("it is damaged: {}", rows.blob(0));
    }
    if (const auto fault = database.take_fault()) return fault->text;
    return {};
}

}  // namespace

Result<std::unique_ptr<FileList>> FileList::open(const ArchiveOptions& options, const telemetry::Logger& log) {
    std::error_code failure;
    fs::create_directories(options.folder, failure);
    if (!failure) fs::permissions(options.folder, fs::perms::owner_all, failure);
    if (failure) return folder_unusable(options.folder, failure.message());
    std::unique_ptr<FileList> list{new FileList{options, log}};
    if (auto locked = list->lock_folder(); !locked) return locked.error();
    list->find_files();
    return list;
}

FileList::~FileList() {
    if (lock_file_ >= 0) ::close(lock_file_);
}

Result<void> FileList::lock_folder() {
    const auto path = (options_.folder / "lock").string();
    lock_file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_file_ < 0) return folder_unusable(options_.folder, std::strerror(errno));
    if (::flock(lock_file_, LOCK_EX | LOCK_NB) == 0) return {};
    if (errno != EWOULDBLOCK) return folder_unusable(options_.folder, std::strerror(errno));
    return Error{Code::failed_precondition, "CONSOLE_FOLDER_IN_USE",
                 fmt::format("another process keeps the console's files in {}", options_.folder.string())};
}

void FileList::find_files() {
    std::vector<std::int64_t> numbers;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator{options_.folder, failure}) {
        const auto number = file_number(entry.path());
        if (number > 0) numbers.push_back(number);
        if (entry.path().extension() == ".bad") aside_.push_back({entry.path(), size_on_disk(entry.path().string())});
    }
    std::ranges::sort(numbers);
    std::ranges::sort(aside_, {}, &Aside::path);
    for (const auto number : numbers) open_file(number);
    if (!numbers.empty()) next_number_ = numbers.back() + 1;
    close_old_readers();
}

void FileList::close_old_readers() {
    for (std::size_t i = 0; i + kFilesAtHand < files_.size(); ++i) files_[i]->close_idle_readers();
}

void FileList::open_file(std::int64_t number) {
    const auto path = path_of(number);
    std::error_code none;
    const auto log_size = fs::file_size(path + "-wal", none);
    const bool closed = none || log_size == 0;
    // The last process ended before it had made the tables.
    if (closed && fs::file_size(path, none) == 0) {
        fs::remove(path, none);
        return;
    }
    auto file = std::make_shared<ArchiveFile>(number, path);
    std::string problem;
    {
        Database database{path, Database::Role::reader};
        problem = problem_of(database, !closed);
        auto contents = read_contents(database);
        contents.bytes = size_on_disk(path);
        file->set_contents(contents);
        if (const auto fault = database.take_fault(); fault && problem.empty()) problem = fault->text;
    }
    if (problem.empty()) {
        files_.push_back(std::move(file));
    } else {
        rename_aside(path, problem);
    }
}

std::string FileList::path_of(std::int64_t number) const { return (options_.folder / fmt::format("{:06}.db", number)).string(); }

std::vector<FilePtr> FileList::newest_first() const {
    const std::scoped_lock lock{mutex_};
    std::vector<FilePtr> good;
    for (const auto& file : files_ | std::views::reverse) {
        if (!file->damaged()) good.push_back(file);
    }
    return good;
}

std::int64_t FileList::bytes() const {
    const std::scoped_lock lock{mutex_};
    return closed_bytes() + (files_.empty() ? 0 : files_.back()->contents().bytes);
}

FilePtr FileList::writable() const {
    if (last_ended_ || files_.empty() || files_.back()->damaged()) return nullptr;
    return files_.back()->contents().bytes < static_cast<std::int64_t>(options_.file_bytes_max) ? files_.back() : nullptr;
}

FilePtr FileList::add() {
    const std::scoped_lock lock{mutex_};
    files_.push_back(std::make_shared<ArchiveFile>(next_number_, path_of(next_number_)));
    ++next_number_;
    last_ended_ = false;
    close_old_readers();
    return files_.back();
}

void FileList::set_aside(const FilePtr& file, std::string_view why) {
    file->mark_damaged();
    const std::scoped_lock lock{mutex_};
    std::erase(files_, file);
    // Files before it are not written to again.
    last_ended_ = true;
    rename_aside(file->path(), why);
}

bool FileList::set_aside_damaged() {
    std::vector<FilePtr> damaged;
    {
        const std::scoped_lock lock{mutex_};
        std::ranges::copy_if(files_, std::back_inserter(damaged), [](const FilePtr& file) { return file->damaged(); });
    }
    for (const auto& file : damaged) set_aside(file, "it is damaged");
    return !damaged.empty();
}

void FileList::rename_aside(const std::string& path, std::string_view why) {
    fs::path aside{path};
    aside.replace_extension(".bad");
    std::error_code failure;
    fs::rename(path, aside, failure);
    fs::rename(path + "-wal", aside.string() + "-wal", failure);
    aside_.push_back({aside, size_on_disk(aside.string())});
    log_.log(telemetry::Severity::warn, "console.file_set_aside", {{"file.path", aside.string()}, {"error.message", why}},
             fmt::format("The console cannot read a file of its telemetry and goes on without it: {}. It is now {}", why,
                         aside.string()));
}

std::int64_t FileList::closed_bytes() const {
    std::int64_t total = 0;
    for (const auto& aside : aside_) total += aside.bytes;
    for (std::size_t i = 0; i + 1 < files_.size(); ++i) total += files_[i]->contents().bytes;
    return total;
}

void FileList::remove_old(std::int64_t now_us) {
    const std::scoped_lock lock{mutex_};
    const auto remove = [](const std::string& path) {
        std::error_code none;
        fs::remove(path, none);
        fs::remove(path + "-wal", none);
    };
    const auto bytes_max = static_cast<std::int64_t>(options_.bytes_max);
    while (!aside_.empty() && closed_bytes() > bytes_max) {
        remove(aside_.front().path.string());
        aside_.erase(aside_.begin());
    }
    const auto oldest_us = now_us - std::chrono::microseconds{options_.age_max}.count();
    while (files_.size() > 1 && (closed_bytes() > bytes_max || files_.front()->contents().stored_us < oldest_us)) {
        remove(files_.front()->path());
        files_.erase(files_.begin());
    }
}

}  // namespace tw::console
