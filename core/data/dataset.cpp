// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/dataset.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <tuple>
#include <unordered_set>

#include "core/data/amend.h"
#include "core/data/importer.h"
#include "core/data/issue_list.h"
#include "core/data/numbering.h"
#include "core/data/other_records.h"
#include "core/data/recognise.h"
#include "core/data/unanswered.h"

namespace moelora {

Conversation DatasetSample::conversation() const {
    Conversation out;
    if (other_) out = *other_;
    out.task = task;
    if (other_) return out;
    out.messages = {{"user", {{ChatPart::Kind::Image, image_}, {ChatPart::Kind::Text, prompt_}}},
                    {"assistant", {{ChatPart::Kind::Text, caption_}}}};
    return out;
}

void DatasetSample::set_conversation(Conversation conversation) {
    other_ = std::make_shared<const Conversation>(std::move(conversation));
}

void DatasetSample::set_caption(SharedText image, SharedText prompt, std::string caption) {
    image_ = std::move(image);
    prompt_ = std::move(prompt);
    caption_ = std::move(caption);
    other_.reset();
}

void DatasetSample::set_answer(std::string text) {
    if (!other_) {
        caption_ = std::move(text);
        return;
    }
    Conversation changed = *other_;
    for (ChatMessage& message : changed.messages)
        if (message.role == "assistant" && message.learnt) {
            message.parts = {{ChatPart::Kind::Text, std::move(text)}};
            break;
        }
    set_conversation(std::move(changed));
}

namespace {

namespace fs = std::filesystem;

// The folder that pictures must lie in: the one that was opened, or that of the file; COCO keeps
// its records in annotations/ beside the pictures.
std::string root_of(const std::string& path) {
    if (fs::is_directory(path)) return path;
    const fs::path folder = fs::path(path).parent_path();
    return (folder.filename() == "annotations" ? folder.parent_path() : folder).string();
}

std::string text_of(const ChatMessage& message) {
    std::string out;
    for (const ChatPart& part : message.parts)
        if (part.kind == ChatPart::Kind::Text) out += part.value;
    return out;
}

// One user turn with a picture or none, and one text behind it.
bool is_simple(const std::vector<ChatMessage>& asked) {
    if (asked.size() != 1 || asked[0].role != "user") return false;
    const auto& parts = asked[0].parts;
    return !parts.empty() && parts.size() <= 2 && parts.back().kind == ChatPart::Kind::Text &&
           (parts.size() == 1 || parts.front().kind == ChatPart::Kind::Image);
}

PromptMessage prompt_message(const ChatMessage& message) {
    PromptMessage out{message.role, {}};
    for (const ChatPart& part : message.parts)
        out.parts.push_back(part.kind == ChatPart::Kind::Image ? PromptPart{part.value, {}}
                                                               : PromptPart{{}, part.value});
    return out;
}

// Samples with equal keys ask the same; `picture` says which pictures are the same.
using PromptKey = std::tuple<std::string, std::string, std::string, std::vector<PromptMessage>>;
PromptKey key_of(const CaptionSample& sample, const std::string& picture) {
    return {picture, sample.prompt, sample.task, sample.messages};
}

// FNV-1a over the seed and what is asked, its high half (the low bits are poor).
std::size_t draw(std::int64_t seed, const PromptKey& key) {
    std::uint64_t hash = 0xcbf29ce484222325;
    const auto& [picture, prompt, task, messages] = key;
    for (const std::string& text : {std::to_string(seed), picture, prompt, task})
        for (const char c : text + '\0')
            hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash >> 32;
}

// Which of several captions of one picture (same prompt, same task) are used. Each picture draws by
// its own id, so that one that is gone changes nothing of the others.
void choose_captions(Dataset& dataset, CaptionsPerImage rule, std::int64_t seed) {
    if (rule == CaptionsPerImage::All) return;
    std::map<PromptKey, std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < dataset.samples.size(); ++i) {
        const DatasetSample& sample = dataset.samples[i];
        groups[key_of(caption_sample(sample), sample.image_id)].push_back(i);
    }
    std::set<std::size_t> chosen;
    for (const auto& [key, members] : groups) {
        const std::size_t pick =
            rule == CaptionsPerImage::Random ? draw(seed, key) % members.size() : 0;
        chosen.insert(members[pick]);
    }
    std::vector<DatasetSample> kept;
    for (const std::size_t i : chosen) kept.push_back(std::move(dataset.samples[i]));
    dataset.samples = std::move(kept);
}

Status import_records(Importer& importer, const std::string& form, const ColumnNames& names) {
    if (form == "coco") return import_coco(importer);
    if (form == "table")
        return holds_json(importer.file(), importer.data().encoding)
                   ? import_rows(importer, names)
                   : import_table(importer, names);
    if (form == "sidecar" || form == "pictures")
        return import_sidecars(importer, importer.out().root);
    return import_conversations(importer, form, names);
}

void propose(Dataset& dataset, const std::string& file) {
    dataset.issues.push_back(
        {Severity::Info, {ErrorCode::PartsBeside, {{"file", file}}, {}, {}}, {file, 0, {}}, 1});
}

Issue refusal_of(const std::string& file, const std::string& why) {
    return {Severity::Warning,
            {ErrorCode::DatasetUnrecognised, {{"path", file}, {"why", why}}, {}, {}},
            {file, 0, {}},
            1};
}

// A picture of both files is not learnt: its samples go where this file's go, and it is named.
void name_shared_pictures(Dataset& dataset, std::size_t first, const std::string& file) {
    std::unordered_set<std::string> kept, named;
    for (std::size_t i = first; i < dataset.samples.size(); ++i)
        kept.insert(dataset.samples[i].image_id);
    for (std::size_t i = 0; i < first; ++i) {
        const std::string& id = dataset.samples[i].image_id;
        if (dataset.samples[i].part != SamplePart::Train) continue;
        if (!kept.contains(id) || !named.insert(id).second) continue;
        if (named.size() == 1)
            dataset.issues.push_back(
                {Severity::Warning,
                 {ErrorCode::SplitLeak, {{"path", id}, {"file", file}}, {}, {}},
                 {file, 0, id},
                 0});
        ++dataset.issues.back().count;
    }
}

// "test/metadata.jsonl"; of a file that was opened by itself, its name.
std::string from_root(const Dataset& dataset, const std::string& file) {
    const fs::path path = fs::path(file).lexically_relative(dataset.root);
    return path.empty() || *path.begin() == ".." ? fs::path(file).filename().string()
                                                 : path.string();
}

// Ids of one file may stand in another for something else, so those of a further one get its name;
// an id that is a picture's path stays, and joins what shows the same picture.
void name_by_file(Importer& importer, std::size_t first) {
    Dataset& dataset = importer.out();
    fs::path path(importer.file());
    const bool own = part_of_name(path.string()) || shard_of_name(path.string());
    path = own ? path.filename() : fs::path(from_root(dataset, importer.file()));
    const std::string name = path.replace_extension().string();  // "test/cats/metadata"
    for (std::size_t i = first; i < dataset.samples.size(); ++i) {
        DatasetSample& sample = dataset.samples[i];
        bool by_path = false;
        sample.for_each_picture([&](const std::string& picture) {
            by_path = by_path || importer.image_id(picture) == sample.image_id;
        });
        sample.id = name + "/" + sample.id;
        if (!by_path) sample.image_id = name + "/" + sample.image_id;
    }
}

// What all files of a set are read with.
struct Reading {
    const DataOptions& data;
    const RecognisedSource& source;
    const ColumnNames& names;
    Ticker& ticker;
    bool asks;  // nothing is learnt
};

// Gives the pictures found.
Result<std::vector<std::string>> add_part(Dataset& dataset, const Reading& reading,
                                          const PartFile& file) {
    const std::size_t first = dataset.samples.size();
    Importer importer(dataset, reading.data, file.file, &reading.ticker, reading.asks);
    MOELORA_TRY_STATUS(import_records(importer, reading.source.form, reading.names));
    name_by_file(importer, first);
    for (std::size_t i = first; i < dataset.samples.size(); ++i)
        if (dataset.samples[i].part == SamplePart::Train) dataset.samples[i].part = file.part;
    name_shared_pictures(dataset, first, file.file);
    dataset.evidence += "; " + from_root(dataset, file.file) +
                        (file.part == SamplePart::Test ? " for the test" : " for evaluation") +
                        ", " + importer.share_found();
    return importer.pictures();
}

// Shards that are not here, and those that are and cannot be read.
void name_missing_shards(Dataset& dataset, const RecognisedSource& source) {
    const auto shard = shard_of_name(source.file);
    if (!shard || source.set.empty()) return;
    const auto here = static_cast<std::int64_t>(source.set.size());
    if (here > 1)
        dataset.evidence += ", " + std::to_string(here) + " of " + std::to_string(shard->count) +
                            " files of the set";
    if (here < shard->count)
        dataset.issues.push_back({Severity::Warning,
                                  {ErrorCode::ShardsMissing,
                                   {{"path", source.file},
                                    {"needed", std::to_string(shard->count)},
                                    {"found", std::to_string(here)}},
                                   {},
                                   {}},
                                  {source.file, 0, {}},
                                  1});
}

// Reads all files that are the set. Gives the pictures found.
Result<std::vector<std::string>> import_set(Dataset& dataset, const Reading& reading) {
    const RecognisedSource& source = reading.source;
    std::vector<std::string> files = source.set, pictures;
    if (files.empty()) files = {source.file};
    std::int64_t found = 0, asked = 0;
    for (const std::string& file : files) {
        const std::size_t first = dataset.samples.size();
        const std::string before = dataset.evidence;  // the first file says how it is read
        Importer importer(dataset, reading.data, file, &reading.ticker, reading.asks);
        MOELORA_TRY_STATUS(import_records(importer, source.form, reading.names));
        if (file != files.front()) {
            name_by_file(importer, first);
            dataset.evidence = before;
        }
        found += importer.found();
        asked += importer.asked();
        const std::vector<std::string> more = importer.pictures();
        pictures.insert(pictures.end(), more.begin(), more.end());
    }
    name_missing_shards(dataset, source);
    IssueList list(dataset.issues);
    for (const UnreadFile& file : source.unread) list.add(refusal_of(file.file, file.why));
    dataset.evidence +=
        ", " + std::to_string(found) + " of " + std::to_string(asked) + " pictures found";
    return pictures;
}

// Records know where their pictures are, so nothing of them is left out; pictures with texts in a
// folder that is not read are.
void name_not_entered(Dataset& dataset, const RecognisedSource& source) {
    IssueList list(dataset.issues);
    for (const NotEntered& folder : source.not_entered)
        list.add(
            {source.file.empty() ? Severity::Warning : Severity::Info,
             {ErrorCode::FolderNotEntered, {{"path", folder.path}, {"why", folder.why}}, {}, {}},
             {folder.path, 0, {}},
             1});
    for (const std::string& file : source.badly_named)
        list.add({source.file.empty() ? Severity::Warning : Severity::Info,
                  record_error(why_badly_named(file)),
                  {file, 0, {}},
                  1});
}

// The rest of the evidence; the parts beside speak for themselves once they are taken.
std::string not_taken(const RecognisedSource& source, RecordParts parts) {
    constexpr std::size_t listed = 5;
    std::vector<std::string> left;
    for (const OtherSource& other : source.others) {
        const bool taken =
            parts == RecordParts::Beside &&
            std::any_of(source.parts.begin(), source.parts.end(), [&](const PartFile& part) {
                return part.same_form && part.file == other.file;
            });
        if (!taken) left.push_back(other.what);
    }
    std::string out;
    for (std::size_t i = 0; i < std::min(left.size(), listed); ++i)
        out += "; not taken: " + left[i];
    if (left.size() > listed)
        out += "; not taken: " + std::to_string(left.size() - listed) + " more";
    return out;
}

// How many pictures are in use, and which ones records named in vain.
void count_images(Dataset& dataset, const std::vector<std::string>& found) {
    std::unordered_set<std::string> used;
    for (const DatasetSample& sample : dataset.samples)
        sample.for_each_picture([&](const std::string& path) { used.insert(path); });
    dataset.images = static_cast<std::int64_t>(used.size());
    for (const std::string& path : found)
        if (!used.contains(path)) dataset.unused_pictures.push_back(path);
    std::sort(dataset.unused_pictures.begin(), dataset.unused_pictures.end());
}

}  // namespace

Result<Dataset> open_dataset(const DataOptions& data, std::int64_t seed) {
    return open_dataset(data, seed, {});
}

namespace {

Result<Dataset> read_dataset(const DataOptions& data, std::int64_t seed, const AtWork& at_work,
                             bool asks) {
    Ticker ticker(at_work);
    std::error_code ignored;
    const fs::path given = fs::absolute(data.path, ignored).lexically_normal();
    const std::string path =
        given.filename().empty() ? given.parent_path().string() : given.string();
    MOELORA_TRY(const ColumnNames names, ColumnNames::from(data));
    MOELORA_TRY(const RecognisedSource source, recognise_source(path, names, data, &ticker));
    if (!asks && !source.refusal.empty())
        return fail(ErrorCode::DatasetUnrecognised, {{"path", path}, {"why", source.refusal}});
    const Reading reading{data, source, names, ticker, asks};
    Dataset out;
    out.path = data.path;
    out.root = root_of(path);
    out.format = source.form;
    out.evidence = source.evidence;
    MOELORA_TRY(std::vector<std::string> pictures, import_set(out, reading));
    out.evidence += not_taken(source, data.parts);
    name_not_entered(out, source);
    if (fs::is_directory(path, ignored))  // whoever opens a file means it
        name_other_records(out, source, names, data.encoding, ticker);
    for (const PartFile& beside : source.parts) {
        if (data.parts == RecordParts::Alone) {
            if (beside.same_form) propose(out, beside.file);
            continue;
        }
        if (!beside.same_form) {
            out.issues.push_back(refusal_of(beside.file, not_of_the_form));
            continue;
        }
        MOELORA_TRY(const auto more, add_part(out, reading, beside));
        pictures.insert(pictures.end(), more.begin(), more.end());
    }
    MOELORA_TRY_STATUS(number_names(out, data, source.file));
    MOELORA_TRY_STATUS(amend(out, data));
    count_images(out, pictures);
    choose_captions(out, data.captions_per_image, seed);
    return out;
}

}  // namespace

Result<Dataset> open_dataset(const DataOptions& data, std::int64_t seed, const AtWork& at_work) {
    return read_dataset(data, seed, at_work, false);
}

Result<Dataset> open_dataset_to_ask(const DataOptions& data) {
    return read_dataset(data, TrainOptions{}.seed, {}, true);
}

std::vector<std::int64_t> epoch_order(std::int64_t n, std::int64_t seed, std::int64_t epoch) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    std::mt19937 random(static_cast<std::uint32_t>(seed + epoch));
    for (std::size_t i = 0; i + 1 < order.size(); ++i)
        std::swap(order[i], order[i + random() % (order.size() - i)]);
    return order;
}

CaptionSample caption_sample(const DatasetSample& sample) {
    CaptionSample out;
    out.id = sample.id;
    out.image_id = sample.image_id;
    out.task = sample.task;
    std::vector<ChatMessage> asked = sample.conversation().messages;
    const auto answer = std::find_if(asked.begin(), asked.end(), [](const auto& m) {
        return m.role == "assistant" && m.learnt;
    });
    if (answer != asked.end()) out.references.push_back(text_of(*answer));
    asked.erase(answer, asked.end());
    for (const ChatMessage& message : asked) {
        if (message.role == "user") out.prompt = text_of(message);
        for (const ChatPart& part : message.parts)
            if (part.kind == ChatPart::Kind::Image && out.image.empty()) out.image = part.value;
        out.messages.push_back(prompt_message(message));
    }
    if (is_simple(asked)) out.messages.clear();
    return out;
}

std::vector<CaptionSample> caption_samples(const Dataset& dataset, bool name_all) {
    std::vector<CaptionSample> out;
    std::map<PromptKey, std::size_t> places;
    for (const DatasetSample& sample : dataset.samples) {
        CaptionSample one = caption_sample(sample);
        if (name_all) one.ids = {one.id};
        const std::string picture = one.image.empty() ? sample.image_id : one.image;
        const auto [place, fresh] = places.try_emplace(key_of(one, picture), out.size());
        if (fresh) {
            out.push_back(std::move(one));
            continue;
        }
        auto& references = out[place->second].references;
        references.insert(references.end(), one.references.begin(), one.references.end());
        auto& ids = out[place->second].ids;
        ids.insert(ids.end(), one.ids.begin(), one.ids.end());
    }
    return out;
}

}  // namespace moelora
