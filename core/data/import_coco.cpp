// SPDX-License-Identifier: GPL-3.0-or-later
// COCO captions: {"images": [{id, file_name}], "annotations": [{id, image_id, caption}]}. Ids are
// whole numbers, or texts, as some exporters write them.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "core/data/importer.h"
#include "core/data/json_records.h"
#include "core/data/text_source.h"

namespace moelora {
namespace {

// "" where it is neither a whole number from 0 nor a text.
std::string id_of(const Json& value) {
    if (const auto number = as_int(value)) return *number < 0 ? "" : std::to_string(*number);
    return as_string(value).value_or("");
}

// Ids that were seen. Half a million numbers take a third of the memory of as many texts.
class SeenIds {
  public:
    // Whether it is new.
    bool insert(const Json& value, const std::string& id) {
        const auto number = as_int(value);
        return number ? numbers_.insert(*number).second : texts_.insert(id).second;
    }
    void reserve(std::size_t count) { numbers_.reserve(count); }

  private:
    std::unordered_set<std::int64_t> numbers_;
    std::unordered_set<std::string> texts_;
};

struct CocoImage {
    SharedText path;
    bool usable = false;
    SamplePart part = SamplePart::Train;
    std::int64_t captions = 0;
};

class CocoReader {
  public:
    explicit CocoReader(Importer& importer) : importer_(importer) {}

    // Room for as many annotations, so that it does not depend on their number how much of it is
    // taken in vain.
    void expect(std::size_t annotations) {
        importer_.out().samples.reserve(importer_.out().samples.size() + annotations);
        ids_.reserve(annotations);
    }

    void image(const Json& entry, std::size_t index) {
        const std::string item = "image " + std::to_string(index + 1);
        const std::string id = id_of(field(entry, "id"));
        const auto name = as_string(field(entry, "file_name"));
        if (id.empty()) return leave_out("the picture has no whole number or text as id", item);
        if (!name) return leave_out("the picture has no file_name", item);
        if (images_.contains(id)) return leave_out("the picture id " + id + " stands twice", item);
        order_.push_back(id);
        auto path = importer_.picture(*name);
        DatasetSample marks;
        const Status part =
            set_marks(marks, {{}, {}, as_string(field(entry, "split")).value_or("")});
        if (path && part)
            images_[id] = {std::move(*path), true, marks.part, 0};
        else
            images_[id] = {};
        if (!path || !part) importer_.issue(path ? part.error() : path.error(), 0, "image " + id);
    }

    void annotation(const Json& entry, std::size_t index) {
        const std::string id = id_of(field(entry, "id")), number = std::to_string(index + 1);
        const std::string item = "annotation " + (id.empty() ? number : id);
        const std::string image_id = id_of(field(entry, "image_id"));
        const auto image = images_.find(image_id);
        if (image_id.empty())
            return leave_out("the annotation has no whole number or text as image_id", item);
        if (image == images_.end())
            return leave_out(
                "the annotation belongs to picture " + image_id + ", which is not listed", item);
        ++image->second.captions;
        if (!image->second.usable) return;  // the picture has its issue
        if (!id.empty() && !ids_.insert(field(entry, "id"), id))
            return leave_out("the annotation id " + id + " stands twice", item);
        const auto caption = as_string(field(entry, "caption"));
        if (!caption) return leave_out("the annotation has no caption", item);
        std::string text = trimmed(*caption);
        if (text.empty()) {
            if (importer_.asks())
                --image->second.captions;  // asked at the end, where no other has one
            else
                importer_.issue(Error{ErrorCode::CaptionEmpty, {}, {}, {}}, 0, item);
            return;
        }
        DatasetSample sample;
        sample.id = id.empty() ? "#" + number : id;
        sample.image_id = image_id;
        sample.part = image->second.part;
        sample.set_caption(image->second.path, importer_.prompt(), std::move(text));
        importer_.add(std::move(sample), 0);
    }

    void finish() {
        for (const std::string& id : order_) {
            const CocoImage& image = images_[id];
            if (!image.usable || image.captions > 0) continue;
            DatasetSample sample;
            sample.id = "image " + id;
            sample.image_id = id;
            sample.part = image.part;
            if (importer_.ask(sample, image.path, importer_.prompt()))
                importer_.add(std::move(sample), 0);
            else
                leave_out("the picture has no caption", "image " + id);
        }
    }

  private:
    static Json field(const Json& entry, const char* name) {
        return entry.is_object() ? entry.value(name, Json{}) : Json{};
    }
    void leave_out(std::string why, const std::string& item) {
        importer_.issue(record_error(std::move(why)), 0, item);
    }
    Importer& importer_;
    std::unordered_map<std::string, CocoImage> images_;
    std::vector<std::string> order_;
    SeenIds ids_;
};

// Calls f(item, index) for each item of a list's text; an item that is no JSON is null.
template <class F>
std::string for_each_item(std::string_view list, const std::string& path, F&& f) {
    std::size_t index = 0;
    return split_list(list, [&](std::string_view text, std::int64_t) {
        const auto item = parse_json(text, path);
        f(item ? *item : Json{}, index++);
        return true;
    });
}

// How many annotations there may be: none is shorter than this one.
std::size_t count_annotations(std::string_view list) {
    constexpr std::size_t shortest = std::string_view(R"({"image_id":1,"caption":"a"},)").size();
    std::size_t found = 0;
    static_cast<void>(split_list(list, [&](std::string_view, std::int64_t) {
        ++found;
        return true;
    }));
    return std::min(found, list.size() / shortest);
}

bool any_caption(std::string_view annotations, const std::string& path) {
    bool any = false;
    static_cast<void>(split_list(annotations, [&](std::string_view text, std::int64_t) {
        const auto item = parse_json(text, path);
        any = item && item->is_object() && item->contains("caption");
        return !any;
    }));
    return any;
}

}  // namespace

Status import_coco(Importer& importer) {
    const std::string& path = importer.file();
    MOELORA_TRY(const std::string text, read_as_utf8(path, importer.data().encoding));
    std::string_view images = "[]", annotations = "[]";
    std::string why = split_object(text, [&](const std::string& key, std::string_view value) {
        if (key == "images") images = value;
        if (key == "annotations") annotations = value;
    });
    if (!why.empty()) return fail(ErrorCode::JsonInvalid, {{"path", path}, {"why", why}});
    const auto refuse = [&](const char* reason) {
        return fail(ErrorCode::DatasetUnrecognised, {{"path", path}, {"why", reason}});
    };
    if (!images.starts_with('[') || !annotations.starts_with('['))
        return refuse("its images or annotations are not a list");
    CocoReader reader(importer);
    why = for_each_item(images, path,
                        [&](const Json& item, std::size_t i) { reader.image(item, i); });
    reader.expect(count_annotations(annotations));
    if (why.empty())
        why = for_each_item(annotations, path,
                            [&](const Json& item, std::size_t i) { reader.annotation(item, i); });
    if (!why.empty()) return fail(ErrorCode::JsonInvalid, {{"path", path}, {"why", why}});
    if (importer.out().samples.empty() && annotations.size() > 4 && !any_caption(annotations, path))
        return refuse("it is a COCO file of boxes or keypoints; its annotations have no captions");
    reader.finish();
    return {};
}

}  // namespace moelora
