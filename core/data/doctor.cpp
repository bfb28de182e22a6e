// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/doctor.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "core/data/at_work.h"
#include "core/data/issue_list.h"
#include "core/data/picture_round.h"
#include "core/data/recognise.h"
#include "core/data/text_source.h"
#include "core/io/files.h"
#include "core/text/utf8.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;

// Asks the caller whether to go on, on the calling thread and some twenty times a second; once no,
// no for good.
class Asker {
  public:
    Asker(const PictureRound::GoOn& go_on, std::int64_t pictures)
        : go_on_(go_on), pictures_(pictures) {}
    [[nodiscard]] bool operator()() {
        const auto now = std::chrono::steady_clock::now();
        if (stopped_ || !go_on_ || now - last_ < std::chrono::milliseconds(50)) return !stopped_;
        last_ = now;
        stopped_ = !go_on_(pictures_, pictures_);
        return !stopped_;
    }
    [[nodiscard]] bool stopped() const { return stopped_; }

  private:
    const PictureRound::GoOn& go_on_;
    const std::int64_t pictures_;
    std::chrono::steady_clock::time_point last_{};
    bool stopped_ = false;
};

// ---- nearly equal pictures

// Codes that differ in at most four of 64 signs agree in one of five bands.
class AlikeIndex {
  public:
    // The first picture that looks nearly the same, and notes the new one. `facts` is the list that
    // both are numbers of.
    std::optional<std::size_t> add(std::size_t i,
                                   const std::vector<std::optional<PictureFacts>>& facts) {
        const PictureFacts& one = *facts[i];
        if (one.error || one.flat) return {};
        std::optional<std::size_t> first;
        for (std::size_t band = 0; band < bands; ++band) {
            const std::uint64_t key =
                (one.frequencies >> (band * band_bits) & ((std::uint64_t{1} << band_bits) - 1)) |
                band << band_bits;
            auto& same = by_band_[key];
            for (const std::size_t other : same) {  // in the order of their numbers
                if (first && other >= *first) break;
                if (alike(one, *facts[other])) first = other;
            }
            same.push_back(i);
        }
        return first;
    }

  private:
    static constexpr std::size_t bands = 5, band_bits = 13;
    std::unordered_map<std::uint64_t, std::vector<std::size_t>> by_band_;
};

Issue pair_issue(ErrorCode code, const std::string& path, const std::string& first) {
    return {
        Severity::Info, Error{code, {{"path", path}, {"file", first}}, {}, {}}, {path, 0, {}}, 1};
}

// Whether the text of a record file may name one of these pictures. Reading it costs a hundredth of
// looking for all that it names; of many pictures, or names that JSON may write otherwise, any may.
bool may_name(const std::string& file, const std::vector<std::string>& pictures,
              TextEncoding encoding) {
    constexpr std::size_t few = 64;
    if (pictures.size() > few) return true;
    const auto text = read_as_utf8(file, encoding);
    return !text || std::any_of(pictures.begin(), pictures.end(), [&](const std::string& path) {
        const std::string name = fs::path(path).filename().string();
        const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
            return c >= ' ' && c < 0x7F && c != '"' && c != '\\';
        });
        return !plain || text->find(name) != std::string::npos;
    });
}

// ---- findings

class Findings {
  public:
    Findings(const Dataset& dataset, const DataOptions& data)
        : dataset_(dataset), data_(data), list_(issues) {
        for (const DatasetSample& sample : dataset.samples)
            sample.for_each_picture([this](const std::string& path) {
                if (seen_.insert(path).second) pictures.push_back(path);
            });
    }
    std::vector<std::string> pictures;
    std::vector<Issue> issues;  // the first of each kind in full
    std::vector<Issue> alike;   // all of them

    // `go_on` ends each of them.
    void of_pictures(const std::vector<std::optional<PictureFacts>>& facts, Asker& go_on) {
        std::unordered_map<std::string, std::size_t> by_hash;
        AlikeIndex near;
        for (std::size_t i = 0; i < facts.size() && go_on(); ++i) {
            if (!facts[i]) continue;
            names(i, *facts[i]);
            const auto [first, fresh] = by_hash.try_emplace(facts[i]->sha256, i);
            if (!fresh && !facts[i]->error) {
                list_.add(
                    pair_issue(ErrorCode::ImageDuplicate, pictures[i], pictures[first->second]));
            } else if (const auto other = near.add(i, facts)) {
                alike.push_back(
                    pair_issue(ErrorCode::ImageNearDuplicate, pictures[i], pictures[*other]));
                list_.add(alike.back());
            }
        }
    }

    void of_texts(Asker& go_on) {
        for (const DatasetSample& sample : dataset_.samples) {
            if (!go_on()) return;
            const Conversation conversation = sample.conversation();
            for (const ChatMessage& message : conversation.messages)
                for (const ChatPart& part : message.parts)
                    if (part.kind == ChatPart::Kind::Text)
                        text(part.value, message.role == "assistant", sample);
        }
        if (dataset_.format == "sidecar") encodings(go_on);
    }

    void of_files(Asker& go_on) {
        std::error_code ignored;
        if (!fs::is_directory(dataset_.root, ignored)) return;
        const FileList list = list_files(dataset_.root);
        if (list.ignored > 0)
            list_.add({Severity::Info,
                       Error{ErrorCode::FilesIgnored, {{"path", list.first_ignored}}, {}, {}},
                       {list.first_ignored, 0, {}},
                       list.ignored});
        if (dataset_.format == "sidecar") return;  // a picture without text is an issue already
        std::unordered_set<std::string> named(dataset_.unused_pictures.begin(),
                                              dataset_.unused_pictures.end());
        std::vector<std::string> orphans;
        for (const std::string& path : list.files)
            if (is_picture_name(path) && !seen_.contains(path) && !named.contains(path))
                orphans.push_back(path);
        if (orphans.empty()) return;
        const auto elsewhere = pictures_of_other_records(orphans, go_on);
        for (const std::string& path : orphans)
            if (go_on() && !elsewhere.contains(path))
                add(Severity::Info, ErrorCode::FileOrphan, {{"path", path}}, {path, 0, {}});
    }

  private:
    // Of the record files that lie here and are not part of this set, as far as they may name one
    // of the orphans: "val.jsonl".
    [[nodiscard]] std::unordered_set<std::string> pictures_of_other_records(
        const std::vector<std::string>& orphans, Asker& go_on) const {
        std::unordered_set<std::string> out;
        const auto names = ColumnNames::from(data_);
        const auto source = names ? recognise_source(dataset_.path, *names, data_)
                                  : Result<RecognisedSource>(pass(names.error()));
        if (!source) return out;
        DataOptions other = data_;
        other.parts = RecordParts::Alone;
        other.image_root = dataset_.root;  // where their pictures may lie, too
        struct Left {};
        const AtWork at_work = [&](std::int64_t) {
            if (!go_on()) throw Left{};
        };
        try {
            for (const OtherSource& file : source->others) {
                if (file.file.empty() || !may_name(file.file, orphans, data_.encoding)) continue;
                other.path = file.file;
                const auto records = open_dataset(other, TrainOptions{}.seed, at_work);
                if (!records) continue;
                for (const DatasetSample& sample : records->samples)
                    sample.for_each_picture([&](const std::string& path) { out.insert(path); });
                out.insert(records->unused_pictures.begin(), records->unused_pictures.end());
            }
        } catch (const Left&) {  // the orphans are not told then
        }
        return out;
    }

    void add(Severity severity, ErrorCode code, std::vector<Arg> args, Place place) {
        list_.add({severity, Error{code, std::move(args), {}, {}}, std::move(place), 1});
    }

    void names(std::size_t i, const PictureFacts& facts) {
        const std::string& path = pictures[i];
        if (facts.error) {
            Error error = *facts.error;  // the same bytes may lie under another name
            for (Arg& arg : error.args)
                if (arg.name == "path") arg.value = path;
            list_.add({Severity::Error, std::move(error), {path, 0, {}}, 1});
            return;
        }
        std::string ending = ending_of(path);
        if (ending == ".jpg" || ending == ".jpe" || ending == ".jfif") ending = ".jpeg";
        if (ending == ".tif") ending = ".tiff";
        if (ending != "." + facts.format)
            add(Severity::Info, ErrorCode::ImageNameMisleads,
                {{"path", path}, {"found", facts.format}}, {path, 0, {}});
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
    void encodings(Asker& go_on) {
        std::map<std::string, std::vector<std::string>> files;
        for (const DatasetSample& sample : dataset_.samples) {
            if (!go_on()) return;
            if (const auto bytes = read_text(sample.file)) {
                std::string kind = encoding_of(*bytes);
                if (kind == "UTF-8 with mark") kind = "UTF-8";
                files[kind].push_back(sample.file);
            }
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
    IssueList list_;
};

std::int64_t usual_threads() {
    return std::clamp<std::int64_t>(std::thread::hardware_concurrency(), 1, 4);
}

}  // namespace

Result<DoctorReport> examine(const Dataset& dataset, const DataOptions& data,
                             const DoctorOptions& options) {
    DoctorReport out;
    Findings findings(dataset, data);
    const auto cache = std::make_shared<FactsCache>(options.cache);
    out.pictures = static_cast<std::int64_t>(findings.pictures.size());
    const auto round = std::make_shared<PictureRound>(findings.pictures, cache);
    out.cancelled =
        !round->run(options.threads > 0 ? options.threads : usual_threads(), options.go_on);
    out.decoded = round->decoded();
    out.cached = round->cached();
    const Status kept = cache->save();  // else the next round decodes them again, no more
    const PictureRound::GoOn unasked;
    Asker go_on(out.cancelled ? unasked : options.go_on, out.pictures);
    findings.of_pictures(round->facts(), go_on);
    if (!out.cancelled) {
        findings.of_texts(go_on);
        findings.of_files(go_on);
    }
    out.cancelled = out.cancelled || go_on.stopped();
    out.issues = std::move(findings.issues);
    if (!kept) out.issues.push_back({Severity::Info, kept.error(), {options.cache, 0, {}}, 1});
    out.alike = std::move(findings.alike);
    return out;
}

std::vector<Issue> known_alike(const std::vector<const Dataset*>& parts, const std::string& cache) {
    std::vector<std::string> paths;
    std::unordered_set<std::string> seen;
    std::vector<std::optional<PictureFacts>> facts;
    const FactsCache known(cache);
    for (const Dataset* part : parts)
        for (const DatasetSample& sample : part->samples)
            sample.for_each_picture([&](const std::string& path) {
                if (known.empty() || !seen.insert(path).second) return;
                if (auto found = known.by_stamp(FileStamp::of(path))) {
                    paths.push_back(path);
                    facts.push_back(std::move(*found));
                }
            });
    std::vector<Issue> out;
    AlikeIndex near;
    for (std::size_t i = 0; i < facts.size(); ++i)
        if (const auto other = near.add(i, facts))
            out.push_back(pair_issue(ErrorCode::ImageNearDuplicate, paths[i], paths[*other]));
    return out;
}

std::string default_doctor_cache() {
    const std::string folder = default_cache_folder();
    return folder.empty() ? folder : folder + "/pictures.jsonl";
}

}  // namespace moelora
