// SPDX-License-Identifier: GPL-3.0-or-later
// How long a data set of COCO's size takes to index, and how much memory: 118,287 tiny pictures,
// five captions each, made on the spot. Prints one JSON line; exits 1 only on a tenfold excess of
// 10 s or 500 MB, so that a busy machine does not fail it. With a second word ("doctor") also how
// long the data doctor takes, alone and where another list of the same pictures lies beside.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "core/data/dataset.h"
#include "core/data/doctor.h"

namespace {

using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr double goal_seconds = 10, goal_megabytes = 500;
constexpr int captions_each = 5;

// A grey PNG of one pixel.
constexpr unsigned char tiny_png[] = {
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48,
    0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00,
    0x00, 0x3A, 0x7E, 0x9B, 0x55, 0x00, 0x00, 0x00, 0x0A, 0x49, 0x44, 0x41, 0x54, 0x78,
    0xDA, 0x63, 0x68, 0x00, 0x00, 0x00, 0x82, 0x00, 0x81, 0xDA, 0x45, 0x08, 0x3B, 0x00,
    0x00, 0x00, 0x00, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82};

std::string name_of(int i) {
    char name[32];
    std::snprintf(name, sizeof name, "%012d.png", i);
    return name;
}

void make_set(const fs::path& folder, int pictures) {
    fs::create_directories(folder / "train2017");
    fs::create_directories(folder / "annotations");
    std::ofstream json(folder / "annotations/captions_train2017.json", std::ios::binary);
    json << "{\"info\":{},\"images\":[";
    for (int i = 0; i < pictures; ++i) {
        std::ofstream(folder / "train2017" / name_of(i), std::ios::binary)
            .write(reinterpret_cast<const char*>(tiny_png), sizeof tiny_png);
        json << (i == 0 ? "" : ",") << R"({"license":3,"file_name":")" << name_of(i)
             << R"(","coco_url":"http://images.example/train2017/)" << name_of(i)
             << R"(","height":1,"width":1,"date_captured":"2013-11-14 11:18:45","id":)" << i << "}";
    }
    json << "],\"annotations\":[";
    for (int i = 0; i < pictures * captions_each; ++i)
        json << (i == 0 ? "" : ",") << R"({"image_id":)" << i / captions_each << R"(,"id":)" << i
             << R"(,"caption":"A bicycle replica number )" << i
             << R"( with a clock as the front wheel."})";
    json << "]}";
}

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

double examined(const moelora::Dataset& data, const moelora::DataOptions& options) {
    const auto start = Clock::now();
    const auto report = moelora::examine(data, options, {});
    if (!report) std::cerr << moelora::message_of(report.error()) << "\n";
    return seconds_since(start);
}

// Of this process, in user and kernel: what a busy machine does not change much.
double processor_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double peak_megabytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

}  // namespace

int main(int argc, char** argv) {
    const int pictures = argc > 1 ? std::atoi(argv[1]) : 118'287;
    std::string pattern = (fs::temp_directory_path() / "moelora-index-XXXXXX").string();
    const fs::path folder = mkdtemp(pattern.data());
    make_set(folder, pictures);
    moelora::DataOptions options;
    options.path = folder.string();
    const double before = peak_megabytes();
    const double work_before = processor_seconds();
    const auto start = Clock::now();
    const auto data = moelora::open_dataset(options);
    const double seconds = seconds_since(start), work = processor_seconds() - work_before;
    const double megabytes = peak_megabytes();
    std::string doctor;
    if (argc > 2 && data) {
        const double alone = examined(*data, options);
        fs::copy_file(folder / "annotations/captions_train2017.json",
                      folder / "annotations/captions_other.json");
        fs::copy_file(folder / "train2017" / name_of(0), folder / "orphan.png");
        const double beside = examined(*data, options);
        doctor = ", \"doctor_seconds\": " + std::to_string(alone) +
                 ", \"with_other_records\": " + std::to_string(beside) +
                 ", \"doctor_peak_mb\": " + std::to_string(peak_megabytes());
    }
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    const auto expected = static_cast<std::size_t>(pictures) * captions_each;
    if (!data || data->samples.size() != expected || !data->issues.empty()) {
        std::cerr << (data ? "samples are missing" : moelora::message_of(data.error())) << "\n";
        return 1;
    }
    std::cout << "{\"pictures\": " << data->images << ", \"samples\": " << data->samples.size()
              << ", \"seconds\": " << seconds << ", \"processor_seconds\": " << work
              << ", \"peak_mb\": " << megabytes << ", \"mb_before\": " << before << doctor << "}\n";
    return seconds <= 10 * goal_seconds && megabytes <= 10 * goal_megabytes ? 0 : 1;
}
