// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/doctor.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "core/data/picture_facts.h"
#include "core/data/recognise.h"
#include "core/data/text_source.h"
#include "core/io/files.h"
#include "core/text/utf8.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

// ---- pictures, on several threads

class PictureRound {
  public:
    PictureRound(const std::vector<std::string>& paths, FactsCache& cache)
        : facts(paths.size()), paths_(paths), cache_(cache) {}
    std::vector<std::optional<PictureFacts>> facts;  // empty: not reached
    std::atomic<std::int64_t> decoded{0}, cached{0};

    // Returns false when `go_on` ended it.
    bool run(std::int64_t threads, const std::function<bool(std::int64_t, std::int64_t)>& go_on) {
        std::vector<std::thread> workers;
        const auto most = static_cast<std::int64_t>(std::max<std::size_t>(paths_.size(), 1));
        running_ = std::min(threads, most);
        for (std::int64_t i = 0; i < std::min(threads, most); ++i)
            workers.emplace_back([this] { work(); });
        {
            std::unique_lock lock(mutex_);
            while (!ended_.wait_for(lock, std::chrono::milliseconds(100),
                                    [this] { return running_ == 0; })) {
                if (go_on && !go_on(done(), static_cast<std::int64_t>(paths_.size()))) stop_ = true;
            }
        }
        for (std::thread& worker : workers) worker.join();
        if (!stop_ && go_on) static_cast<void>(go_on(done(), done()));
        return !stop_;
    }

  private:
    [[nodiscard]] std::int64_t done() const { return decoded + cached; }
    void work() {
        for (std::size_t i = next_++; i < paths_.size() && !stop_; i = next_++) examine_one(i);
        const std::lock_guard lock(mutex_);
        --running_;
        ended_.notify_all();
    }
    void examine_one(std::size_t i) {
        const FileStamp stamp = FileStamp::of(paths_[i]);
        if ((facts[i] = cache_.by_stamp(stamp))) {
            ++cached;
            return;
        }
        const std::string hash = sha256_file(paths_[i]).value_or("");
        facts[i] = cache_.by_hash(hash);
        if (facts[i]) {
            ++cached;
        } else {
            facts[i] = look_at(paths_[i], hash);
            ++decoded;
        }
        if (!hash.empty()) cache_.keep(stamp, *facts[i]);
    }
    const std::vector<std::string>& paths_;
    FactsCache& cache_;
    std::atomic<std::size_t> next_{0};
    std::atomic<bool> stop_{false};
    std::mutex mutex_;
    std::condition_variable ended_;
    std::int64_t running_ = 0;
};

// ---- findings

class Findings {
  public:
    Findings(const Dataset& dataset, const DataOptions& data) : dataset_(dataset), data_(data) {
        for (const DatasetSample& sample : dataset.samples)
            sample.for_each_picture([this](const std::string& path) {
                if (seen_.insert(path).second) pictures.push_back(path);
            });
    }
    std::vector<std::string> pictures;
    std::vector<Issue> issues;

    void of_pictures(const std::vector<std::optional<PictureFacts>>& facts) {
        std::unordered_map<std::string, std::size_t> by_hash;
        for (std::size_t i = 0; i < facts.size(); ++i) {
            if (!facts[i]) continue;
            names(i, *facts[i]);
            const auto [first, fresh] = by_hash.try_emplace(facts[i]->sha256, i);
            if (!fresh && !facts[i]->error)
                pair(ErrorCode::ImageDuplicate, pictures[i], pictures[first->second]);
            else
                nearly_equal(i, facts);
        }
    }

    void of_texts() {
        for (const DatasetSample& sample : dataset_.samples) {
            const Conversation conversation = sample.conversation();
            for (const ChatMessage& message : conversation.messages)
                for (const ChatPart& part : message.parts)
                    if (part.kind == ChatPart::Kind::Text)
                        text(part.value, message.role == "assistant", sample);
        }
        if (dataset_.format == "sidecar") encodings();
    }

    void of_files() {
        std::error_code ignored;
        if (!fs::is_directory(dataset_.root, ignored)) return;
        const FileList list = list_files(dataset_.root);
        if (list.ignored > 0) {
            add(Severity::Info, ErrorCode::FilesIgnored, {{"path", list.first_ignored}},
                {list.first_ignored, 0, {}});
            issues.back().count = list.ignored;
        }
        if (dataset_.format == "sidecar") return;  // a picture without text is an issue already
        std::unordered_set<std::string> named(dataset_.unused_pictures.begin(),
                                              dataset_.unused_pictures.end());
        for (const std::string& path : list.files)
            if (is_picture_name(path) && !seen_.contains(path) && !named.contains(path))
                add(Severity::Info, ErrorCode::FileOrphan, {{"path", path}}, {path, 0, {}});
    }

  private:
    static constexpr std::size_t bands = 5, band_bits = 13;

    void add(Severity severity, ErrorCode code, std::vector<Arg> args, Place place) {
        issues.push_back({severity, Error{code, std::move(args), {}, {}}, std::move(place), 1});
    }
    void pair(ErrorCode code, const std::string& path, const std::string& first) {
        add(Severity::Info, code, {{"path", path}, {"file", first}}, {path, 0, {}});
    }

    void names(std::size_t i, const PictureFacts& facts) {
        const std::string& path = pictures[i];
        if (facts.error) {
            Error error = *facts.error;  // the same bytes may lie under another name
            for (Arg& arg : error.args)
                if (arg.name == "path") arg.value = path;
            issues.push_back({Severity::Error, std::move(error), {path, 0, {}}, 1});
            return;
        }
        std::string ending = ending_of(path);
        if (ending == ".jpg" || ending == ".jpe" || ending == ".jfif") ending = ".jpeg";
        if (ending == ".tif") ending = ".tiff";
        if (ending != "." + facts.format)
            add(Severity::Info, ErrorCode::ImageNameMisleads,
                {{"path", path}, {"found", facts.format}}, {path, 0, {}});
    }

    // Codes that differ in at most four of 64 signs agree in one of five bands.
    void nearly_equal(std::size_t i, const std::vector<std::optional<PictureFacts>>& facts) {
        if (facts[i]->error || facts[i]->flat) return;
        std::optional<std::size_t> first;
        for (std::size_t band = 0; band < bands; ++band) {
            const std::uint64_t key = (facts[i]->frequencies >> (band * band_bits) &
                                       ((std::uint64_t{1} << band_bits) - 1)) |
                                      band << band_bits;
            auto& same = by_band_[key];
            for (const std::size_t other : same)
                if ((!first || other < *first) && alike(*facts[i], *facts[other])) first = other;
            same.push_back(i);
        }
        if (first) pair(ErrorCode::ImageNearDuplicate, pictures[i], pictures[*first]);
    }

    void text(const std::string& value, bool answer, const DatasetSample& sample) {
        static constexpr const char* controls[] = {
            "<|im_start|>",   "<|im_end|>",    "<|endoftext|>", "<|vision_start|>",
            "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"};
        const Place place{sample.file, sample.line, sample.id};
        if (value.find("<|") != std::string::npos)
            for (const char* control : controls)
                if (value.find(control) != std::string::npos) {
                    add(Severity::Info, ErrorCode::TextHoldsControl, {{"value", control}}, place);
                    break;
                }
        // A text has at most as many tokens as bytes, so this one may not fit.
        if (!answer || static_cast<std::int64_t>(value.size()) <= data_.max_length) return;
        const auto characters = std::count_if(value.begin(), value.end(), [](char c) {
            return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
        });
        if (characters > data_.max_length)
            add(Severity::Warning, ErrorCode::CaptionLong,
                {{"found", std::to_string(characters)},
                 {"limit", std::to_string(data_.max_length)}},
                place);
    }

    // Text files whose encoding is not that of most.
    void encodings() {
        std::map<std::string, std::vector<std::string>> files;
        for (const DatasetSample& sample : dataset_.samples)
            if (const auto bytes = read_text(sample.file)) {
                std::string kind = encoding_of(*bytes);
                if (kind == "UTF-8 with mark") kind = "UTF-8";
                files[kind].push_back(sample.file);
            }
        if (files.size() < 2) return;
        const auto most = std::max_element(
            files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
        for (const auto& [kind, paths] : files)
            for (const std::string& path : paths)
                if (kind != most->first)
                    add(Severity::Info, ErrorCode::TextEncodingsMixed,
                        {{"path", path}, {"found", kind}}, {path, 0, {}});
    }

    const Dataset& dataset_;
    const DataOptions& data_;
    std::unordered_set<std::string> seen_;
    std::unordered_map<std::uint64_t, std::vector<std::size_t>> by_band_;
};

std::int64_t usual_threads() {
    return std::clamp<std::int64_t>(std::thread::hardware_concurrency(), 1, 4);
}

}  // namespace

Result<DoctorReport> examine(const Dataset& dataset, const DataOptions& data,
                             const DoctorOptions& options) {
    DoctorReport out;
    Findings findings(dataset, data);
    FactsCache cache(options.cache);
    out.pictures = static_cast<std::int64_t>(findings.pictures.size());
    PictureRound round(findings.pictures, cache);
    out.cancelled =
        !round.run(options.threads > 0 ? options.threads : usual_threads(), options.go_on);
    out.decoded = round.decoded;
    out.cached = round.cached;
    MOELORA_TRY_STATUS(cache.save());
    findings.of_pictures(round.facts);
    if (!out.cancelled) {
        findings.of_texts();
        findings.of_files();
    }
    out.issues = std::move(findings.issues);
    return out;
}

std::string default_doctor_cache() {
    const std::string folder = default_cache_folder();
    return folder.empty() ? folder : folder + "/pictures.jsonl";
}

}  // namespace moelora
