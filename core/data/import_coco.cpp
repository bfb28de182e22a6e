// SPDX-License-Identifier: GPL-3.0-or-later
// COCO captions: {"images": [{id, file_name}], "annotations": [{id, image_id, caption}]}.
#include <unordered_map>

#include "core/data/importer.h"

namespace moelora {
namespace {

struct CocoImage {
    std::string path;
    bool usable = false;
    std::int64_t captions = 0;
};

class CocoReader {
  public:
    explicit CocoReader(Importer& importer) : importer_(importer) {}

    void image(const Json& entry, std::size_t index) {
        const std::string item = "image " + std::to_string(index + 1);
        const auto id = as_int(field(entry, "id"));
        const auto name = as_string(field(entry, "file_name"));
        if (!id || *id < 0) return leave_out("the picture has no whole number as id", item);
        if (!name) return leave_out("the picture has no file_name", item);
        if (images_.contains(*id))
            return leave_out("the picture id " + std::to_string(*id) + " stands twice", item);
        order_.push_back(*id);
        auto path = importer_.picture(*name);
        if (path)
            images_[*id] = {std::move(*path), true, 0};
        else
            images_[*id] = {};
        if (!path) importer_.issue(std::move(path).error(), 0, "image " + std::to_string(*id));
    }

    void annotation(const Json& entry, std::size_t index) {
        const auto id = as_int(field(entry, "id"));
        const std::string item =
            "annotation " + std::to_string(id.value_or(static_cast<std::int64_t>(index + 1)));
        const auto image_id = as_int(field(entry, "image_id"));
        const auto image = image_id ? images_.find(*image_id) : images_.end();
        if (!image_id) return leave_out("the annotation has no whole number as image_id", item);
        if (image == images_.end())
            return leave_out("the annotation belongs to picture " + std::to_string(*image_id) +
                                 ", which is not listed",
                             item);
        ++image->second.captions;
        if (!image->second.usable) return;  // the picture has its issue
        if (id && !ids_.insert(*id).second)
            return leave_out("the annotation id " + std::to_string(*id) + " stands twice", item);
        const auto caption = as_string(field(entry, "caption"));
        if (!caption) return leave_out("the annotation has no caption", item);
        std::string text = trimmed(*caption);
        if (text.empty()) {
            importer_.issue(Error{ErrorCode::CaptionEmpty, {}, {}, {}}, 0, item);
            return;
        }
        DatasetSample sample;
        sample.id = id ? std::to_string(*id) : std::string("#").append(std::to_string(index + 1));
        sample.image_id = std::to_string(*image_id);
        sample.file = importer_.file();
        sample.conversation.messages = {{"user",
                                         {{ChatPart::Kind::Image, image->second.path},
                                          {ChatPart::Kind::Text, importer_.data().prompt}}},
                                        {"assistant", {{ChatPart::Kind::Text, std::move(text)}}}};
        importer_.out().samples.push_back(std::move(sample));
    }

    void finish() {
        for (const std::int64_t id : order_)
            if (const CocoImage& image = images_[id]; image.usable && image.captions == 0)
                leave_out("the picture has no caption", "image " + std::to_string(id));
    }

  private:
    static Json field(const Json& entry, const char* name) {
        return entry.is_object() ? entry.value(name, Json{}) : Json{};
    }
    void leave_out(std::string why, const std::string& item) {
        importer_.issue(record_error(std::move(why)), 0, item);
    }
    Importer& importer_;
    std::unordered_map<std::int64_t, CocoImage> images_;
    std::vector<std::int64_t> order_;
    std::set<std::int64_t> ids_;
};

bool any_caption(const Json& annotations) {
    for (const Json& entry : annotations)
        if (entry.is_object() && entry.contains("caption")) return true;
    return false;
}

}  // namespace

Status import_coco(Importer& importer) {
    MOELORA_TRY(const Json json, read_json(importer.file()));
    const auto refuse = [&](const char* why) {
        return fail(ErrorCode::DatasetUnrecognised, {{"path", importer.file()}, {"why", why}});
    };
    const Json none = Json::array();
    if (!json.is_object()) return refuse("it is not a table");
    const Json& images = json.contains("images") ? json["images"] : none;
    const Json& annotations = json.contains("annotations") ? json["annotations"] : none;
    if (!images.is_array() || !annotations.is_array())
        return refuse("its images or annotations are not a list");
    if (!annotations.empty() && !any_caption(annotations))
        return refuse("it is a COCO file of boxes or keypoints; its annotations have no captions");
    CocoReader reader(importer);
    for (std::size_t i = 0; i < images.size(); ++i) reader.image(images[i], i);
    for (std::size_t i = 0; i < annotations.size(); ++i) reader.annotation(annotations[i], i);
    reader.finish();
    return {};
}

}  // namespace moelora
