// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/fingerprint.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include "core/io/files.h"

namespace moelora {
namespace fs = std::filesystem;
namespace {

struct KnownFile {
    std::string path;
    std::int64_t size = 0, time = 0;
    bool operator==(const KnownFile&) const = default;
};

// What a model's answers come from, sorted by name.
std::vector<KnownFile> files_of(const std::string& folder) {
    static constexpr const char* names[] = {"chat_template.jinja",      "config.json",
                                            "preprocessor_config.json", "tokenizer.json",
                                            "tokenizer_config.json",    "tokenizer.model"};
    std::vector<KnownFile> out;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
        const std::string name = entry.path().filename().string();
        if (!name.ends_with(".safetensors") &&
            std::find(std::begin(names), std::end(names), name) == std::end(names))
            continue;
        out.push_back({fs::weakly_canonical(entry.path(), error).string(),
                       static_cast<std::int64_t>(entry.file_size(error)),
                       entry.last_write_time(error).time_since_epoch().count()});
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
        return fs::path(a.path).filename() < fs::path(b.path).filename();
    });
    return out;
}

std::string cache_file() {
    const std::string folder = default_cache_folder();
    return folder.empty() ? folder : join_path(folder, "fingerprints.json");
}

// {"path": {"size", "time", "sha256"}}; what is not of this form is not there.
std::string cached(const Json& cache, const KnownFile& file) {
    const auto at = cache.find(file.path);
    if (at == cache.end() || !at->is_object()) return {};
    if (at->value("size", Json()) != file.size || at->value("time", Json()) != file.time) return {};
    return as_string(at->value("sha256", Json())).value_or("");
}

Json read_cache() {
    const auto json = read_json(cache_file());
    return json && json->is_object() ? *json : Json::object();
}

// A cache that cannot be written only costs time.
void remember(const std::vector<KnownFile>& files, const std::vector<std::string>& sums) {
    if (cache_file().empty()) return;
    Json cache = read_cache();
    std::error_code error;
    for (auto it = cache.begin(); it != cache.end();)
        it = fs::exists(it.key(), error) ? std::next(it) : cache.erase(it);
    for (std::size_t i = 0; i < files.size(); ++i)
        cache[files[i].path] = {
            {"size", files[i].size}, {"time", files[i].time}, {"sha256", sums[i]}};
    fs::create_directories(default_cache_folder(), error);
    // A path that is no UTF-8 is not found again.
    (void)write_text_atomic(cache_file(),
                            cache.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::string combined(const std::vector<std::string>& sums) {
    std::string all;
    for (const std::string& sum : sums) all += sum + "\n";
    return sums.empty() ? std::string{} : sha256_hex(all);
}

}  // namespace

class WholeFingerprint::Task {
  public:
    explicit Task(const std::string& folder) : files_(files_of(folder)) {
        const Json cache = read_cache();
        for (const KnownFile& file : files_) sums_.push_back(cached(cache, file));
        if (std::find(sums_.begin(), sums_.end(), "") == sums_.end())
            finish(combined(sums_));
        else
            thread_ = std::thread([this] { read_guarded(); });
    }
    ~Task() {
        stop_ = true;
        if (thread_.joinable()) thread_.join();
    }
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;

    std::string known() const {
        const std::lock_guard lock(mutex_);
        return sum_;
    }
    std::string wait(const std::function<bool()>& go_on) const {
        std::unique_lock lock(mutex_);
        while (!done_ && (!go_on || go_on()))
            changed_.wait_for(lock, std::chrono::milliseconds(50));
        return sum_;
    }

  private:
    // Nothing may leave the thread as an exception; what could not be read is not known.
    void read_guarded() {
        try {
            read();
        } catch (const std::exception&) {
            finish({});
        }
    }
    void read() {
        for (std::size_t i = 0; i < files_.size(); ++i) {
            if (!sums_[i].empty()) continue;
            const auto sum = sha256_file(files_[i].path, [this] { return !stop_.load(); });
            if (!sum || stop_) return finish({});
            sums_[i] = *sum;
        }
        remember(files_, sums_);
        finish(combined(sums_));
    }
    void finish(std::string sum) {
        const std::lock_guard lock(mutex_);
        sum_ = std::move(sum);
        done_ = true;
        changed_.notify_all();
    }

    std::vector<KnownFile> files_;
    std::vector<std::string> sums_;
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::string sum_;
    bool done_ = false;
    std::atomic<bool> stop_ = false;
    std::thread thread_;
};

WholeFingerprint::WholeFingerprint(const std::string& folder)
    : task_(std::make_shared<Task>(folder)) {}

std::string WholeFingerprint::known() const {
    return task_ ? task_->known() : std::string{};
}

std::string WholeFingerprint::wait(const std::function<bool()>& go_on) const {
    return task_ ? task_->wait(go_on) : std::string{};
}

std::string sample_fingerprint(const DatasetSample& sample, const std::string& root) {
    std::string text = sample.task + '\n' + sample.sample_type;
    for (const ChatMessage& message : sample.conversation().messages) {
        text += '\n' + message.role;
        if (!message.learnt) text += "\nloss: false";
        for (const ChatPart& part : message.parts)
            text += '\n' + (part.kind == ChatPart::Kind::Image
                                ? fs::path(part.value).lexically_relative(root).string()
                                : part.value);
    }
    return sha256_hex(text);
}

std::string data_fingerprint(const Dataset& dataset) {
    std::string sums;
    for (const DatasetSample& sample : dataset.samples)
        sums += sample_fingerprint(sample, dataset.root);
    return sha256_hex(sums);
}

}  // namespace moelora
