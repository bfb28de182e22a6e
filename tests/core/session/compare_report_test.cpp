// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/compare_report.h"

#include <gmock/gmock.h>

#include <fstream>

#include "core/eval/captions.h"
#include "core/io/files.h"
#include "core/record/records_json.h"
#include "core/session/compare_html.h"
#include "tests/support/recorded_provenance.h"
#include "tests/support/shared_data.h"

namespace moelora {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

void add(Comparison& c, const CaptionSample& sample, const char* base, const char* adapted) {
    ComparedSample s;
    s.sample = sample;
    s.base.sample = s.adapted.sample = sample.id;
    s.base.variant = "base";
    s.adapted.variant = "adapted";
    s.base.text = base;
    s.adapted.text = adapted;
    s.diff = word_diff(base, adapted);
    c.samples.push_back(std::move(s));
}

void score(Comparison& c) {
    std::vector<CaptionSample> samples;
    std::vector<Caption> base, adapted;
    for (const ComparedSample& s : c.samples) {
        samples.push_back(s.sample);
        base.push_back(s.base);
        adapted.push_back(s.adapted);
    }
    c.base = score_captions(samples, base);
    c.adapted = score_captions(samples, adapted);
}

// Three tasks on pictures of the demo, with an attack in every text that reaches the page.
Comparison sample_comparison() {
    const auto picture = [](const char* name) {
        return test::source_path(std::string("resources/demo/held_out/images/") + name);
    };
    Comparison c;
    add(c, {"1", picture("0000.webp"), "List the tags.", "tags", {"car x2 | turtle x1 | snow"}},
        "Two cars left of a turtle in the snow.", "car x2 | turtle x1 | snow");
    add(c,
        {"2",
         picture("0000.webp"),
         "用中文描述图片。",
         "chinese",
         {"雪地里，两辆汽车在一只乌龟的左边。"}},
        "雪地里，两辆汽车在一只狗的左边。", "雪地里，两辆汽车在一只乌龟的左边。");
    add(c,
        {"3",
         picture("0001.webp"),
         "How many things are there?",
         "count",
         {"2 things: 1 pumpkin + 1 car"}},
        "2 things: 1 pumpkin + 1 car", "3 things: 2 pumpkins + 1 car");
    add(c, {"4", picture("0002.webp"), "Describe the picture.", "", {}},
        "A bus above a mushroom in the meadow.", "A red bus above a mushroom.");
    add(c,
        {"5 <b>", "/absent/<x>.png", "<i>prompt</i>", "a\"b", {"<script>alert(1)</script>", "two"}},
        "<script>alert(2)</script> & more", "<img src=x onerror='alert(3)'>");
    c.samples.back().adapted.stop_reason = StopReason::Length;
    score(c);
    c.provenance = test::recorded_provenance();
    c.provenance.data_path = "/data/<held>";
    c.self_test = {true, true, 4.125, 28};
    return c;
}

class CompareReport : public testing::Test {
  protected:
    void SetUp() override { MOELORA_ASSERT_OK(write_comparison(comparison_, folder_.path())); }
    std::string text(const std::string& name) { return read_text(folder_ / name).value_or(""); }
    Comparison comparison_ = sample_comparison();
    test::TempDir folder_;
};

TEST_F(CompareReport, EveryTextOfThePageIsEscaped) {
    const std::string page = text("index.html");
    for (const char* attack :
         {"<script>alert", "<img src=x", "<i>prompt", "5 <b>", "<held>", "a\"b"})
        EXPECT_THAT(page, Not(HasSubstr(attack)));
    EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
    EXPECT_THAT(page, HasSubstr("&lt;img "));
    EXPECT_THAT(page, HasSubstr("data-task=\"a&quot;b\""));
    EXPECT_EQ(html_escaped("<a b='c' d=\"e\">&"), "&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;");
}

TEST_F(CompareReport, PageShowsDifferencesMarksAndCounts) {
    const std::string page = text("index.html");
    EXPECT_THAT(page, HasSubstr("雪地里，两辆汽车在一只<del>狗</del>的左边。"));
    EXPECT_THAT(page, HasSubstr("雪地里，两辆汽车在一只<ins>乌龟</ins>的左边。"));
    EXPECT_THAT(page, HasSubstr("<ins>3</ins> things: <ins>2 pumpkins</ins> + 1 car"));
    EXPECT_THAT(page, HasSubstr("<h1>Captions before and after 20261124-0912-soft</h1>"));
    EXPECT_THAT(page, HasSubstr("Self-test passed"));
    EXPECT_THAT(page, HasSubstr("2 of 4 (50"));
    EXPECT_THAT(page, HasSubstr("1 of 4 (25"));
    EXPECT_THAT(page, HasSubstr("cut at the length limit"));
    EXPECT_THAT(page, HasSubstr("data-change=\"worse\""));
    EXPECT_THAT(page, HasSubstr("prefers-color-scheme:dark"));
    EXPECT_THAT(page, Not(HasSubstr("http")));  // nothing is fetched
    comparison_.self_test.adapter_off_equals_base = false;
    EXPECT_THAT(comparison_page(comparison_, {}), HasSubstr("Self-test failed"));
}

TEST_F(CompareReport, FurtherPicturesOfAQuestionAreCounted) {
    EXPECT_THAT(text("index.html"), Not(HasSubstr("<figcaption>+")));
    CaptionSample& sample = comparison_.samples[0].sample;
    sample.messages = {{"user", {{sample.image, ""}, {"/b.png", ""}, {"", sample.prompt}}}};
    MOELORA_ASSERT_OK(write_comparison(comparison_, folder_.path()));
    EXPECT_THAT(text("index.html"), HasSubstr("<figcaption>+1</figcaption>"));
}

TEST_F(CompareReport, PageShowsScoresWithTheirCountsAndWhatStandsOut) {
    const std::string page = text("index.html");
    EXPECT_THAT(page, HasSubstr("<th scope=\"col\">CIDEr-D</th>"));
    // The Chinese answer: base 14 of 15 characters right, adapted all of them.
    EXPECT_THAT(page, HasSubstr("<tr><th scope=\"row\">chinese</th><td>adapted</td><td>1</td>"
                                "<td>1.000</td><td>1.000</td><td>1.000</td><td>1.000</td>"
                                "<td>1.000</td><td>0.000</td></tr>"));
    EXPECT_THAT(page, HasSubstr("<tr><th scope=\"row\">All</th><td>base</td><td>4</td>"));
    EXPECT_THAT(page, HasSubstr("(adapted) was cut at the length limit."));
    ComparedSample& first = comparison_.samples[0];
    first.adapted = first.base;
    first.base.text = first.adapted.text = "red red red red";
    comparison_.samples[2].adapted.text = "no";
    const std::string odd = comparison_page(comparison_, {});
    EXPECT_THAT(odd, HasSubstr("length unlike the references"));
    EXPECT_THAT(odd, HasSubstr("1 of 5 captions are the same with and without the adapter."));
    EXPECT_THAT(odd, HasSubstr("(repeats: red)"));
    EXPECT_THAT(odd, HasSubstr("(as the base)"));
}

TEST_F(CompareReport, CaptionsOfBothColumnsAreCocoResults) {
    const Json base = Json::parse(text("coco_results_base.json"));
    const Json adapted = Json::parse(text("coco_results_adapted.json"));
    ASSERT_EQ(base.size(), 4U);  // four pictures
    EXPECT_EQ(base[0],
              (Json{{"image_id", 0}, {"caption", "Two cars left of a turtle in the snow."}}));
    EXPECT_EQ(adapted[0].at("caption"), "car x2 | turtle x1 | snow");
}

TEST_F(CompareReport, PicturesAreCopiedOnceAndMissingOnesNamed) {
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(folder_ / "images")) {
        ++files;
        EXPECT_EQ(sha256_file(entry.path().string()).value(),
                  sha256_file(test::source_path("resources/demo/held_out/images/" +
                                                entry.path().filename().string()))
                      .value());
    }
    EXPECT_EQ(files, 3u);
    EXPECT_THAT(text("index.html"), HasSubstr("&lt;x&gt;.png cannot be shown here"));
}

TEST(CompareReportImages, NamesAreSafeUniqueAndOnlyPicturesAreTaken) {
    const test::TempDir data, out;
    fs::create_directories(data / "a");
    fs::create_directories(data / "b");
    const auto write = [](const std::string& path, const char* text) {
        std::ofstream(path, std::ios::binary) << text;
    };
    const std::string hostile = "a/x\" onerror=\"y.png";
    write(data / hostile, "\x89PNG 1");
    write(data / "a/One.JPG", "\xFF\xD8\xFF 2");
    write(data / "b/one.jpg", "\xFF\xD8\xFF 3");
    write(data / "b/page.jpg", "<svg onload='alert(1)'>");
    Comparison c;
    int id = 0;
    for (const std::string& name :
         {hostile, std::string("a/One.JPG"), std::string("b/one.jpg"), std::string("b/page.jpg")})
        add(c, {std::to_string(++id), data / name, "", "", {}}, "", "");
    MOELORA_ASSERT_OK(write_comparison(c, out.path()));
    EXPECT_EQ(read_text(out / "images/x_onerror_y.png").value(), "\x89PNG 1");
    EXPECT_EQ(read_text(out / "images/one.jpg").value(), "\xFF\xD8\xFF 2");
    EXPECT_EQ(read_text(out / "images/one-2.jpg").value(), "\xFF\xD8\xFF 3");
    EXPECT_FALSE(fs::exists(out / "images/page.jpg"));
    EXPECT_THAT(read_text(out / "index.html").value(), Not(HasSubstr("\" onerror")));
}

TEST_F(CompareReport, CsvFollowsRfc4180) {
    const std::string csv = text("comparison.csv");
    EXPECT_THAT(csv, testing::StartsWith(
                         "id,image,task,prompt,references,base,adapted,base_exact,adapted_exact\r\n"
                         "1,"));
    EXPECT_THAT(csv, HasSubstr("0001.webp,count,How many things are there?,2 things: 1 pumpkin + 1 "
                               "car,2 things: 1 pumpkin + 1 car,3 things: 2 pumpkins + 1 "
                               "car,true,false\r\n"));
    EXPECT_THAT(csv, HasSubstr(",\"a\"\"b\",<i>prompt</i>,\"<script>alert(1)</script>\ntwo\","));
    EXPECT_THAT(csv,
                HasSubstr("A red bus above a mushroom.,,\r\n"));  // without reference: no verdict
}

TEST_F(CompareReport, JsonReadsBack) {
    const auto back = read_comparison(folder_.path());
    MOELORA_ASSERT_OK(back);
    ASSERT_EQ(back->samples.size(), comparison_.samples.size());
    for (std::size_t i = 0; i < back->samples.size(); ++i) {
        EXPECT_EQ(back->samples[i].sample, comparison_.samples[i].sample);
        EXPECT_EQ(back->samples[i].adapted, comparison_.samples[i].adapted);
        EXPECT_EQ(back->samples[i].diff, comparison_.samples[i].diff);
    }
    EXPECT_EQ(back->base.by_task, comparison_.base.by_task);
    EXPECT_EQ(back->self_test.max_logit_difference, 4.125);
    EXPECT_EQ(back->provenance.data_path, "/data/<held>");
    EXPECT_FALSE(read_comparison(folder_ / "absent").has_value());
}

TEST_F(CompareReport, CanBeKeptToLookAt) {
    const char* folder = getenv("MOELORA_TEST_REPORT");
    if (!folder) GTEST_SKIP() << "set MOELORA_TEST_REPORT to a folder to keep the page";
    fs::create_directories(folder);
    MOELORA_ASSERT_OK(write_comparison(comparison_, folder));
}

}  // namespace
}  // namespace moelora
