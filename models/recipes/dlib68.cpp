// The 68-point teacher behind a pipe; teachers.py talks to it. Build: g++ -O2 dlib68.cpp -ldlib -llapack -lblas -o dlib68
//
// Reads from stdin, again and again: int32 width, height, count; width * height grey bytes; count rectangles of four
// int32 (left, top, right, bottom). Writes count * 136 float32 (x0 y0 x1 y1 ...). With count = -1 it runs dlib's own
// frontal detector instead and writes an int32 number of rectangles, then the rectangles.
#include <cstdint>
#include <cstdio>
#include <vector>

#include <dlib/image_processing.h>
#include <dlib/image_processing/frontal_face_detector.h>

template <typename T> static bool readAll(T* into, size_t count) {
  return fread(into, sizeof(T), count, stdin) == count;
}

static void detect(dlib::frontal_face_detector& detector, const dlib::array2d<unsigned char>& grey) {
  std::vector<int32_t> reply(1, 0);
  for (const auto& r : detector(grey)) {
    reply[0]++;
    for (long v : {r.left(), r.top(), r.right(), r.bottom()}) reply.push_back(static_cast<int32_t>(v));
  }
  fwrite(reply.data(), sizeof(int32_t), reply.size(), stdout);
}

int main(int argc, char** argv) {
  if (argc != 2) {
    fprintf(stderr, "use: dlib68 shape_predictor_68_face_landmarks.dat\n");
    return 2;
  }
  dlib::shape_predictor predictor;
  dlib::deserialize(argv[1]) >> predictor;
  auto detector = dlib::get_frontal_face_detector();
  int32_t head[3];
  while (readAll(head, 3)) {
    dlib::array2d<unsigned char> grey(head[1], head[0]);
    for (long y = 0; y < grey.nr(); y++)
      if (!readAll(&grey[y][0], static_cast<size_t>(head[0]))) return 1;
    if (head[2] < 0) detect(detector, grey);
    for (int32_t i = 0; i < head[2]; i++) {
      int32_t r[4];
      if (!readAll(r, 4)) return 1;
      const auto shape = predictor(grey, dlib::rectangle(r[0], r[1], r[2], r[3]));
      float points[136];
      for (unsigned long p = 0; p < 68; p++) {
        points[2 * p] = static_cast<float>(shape.part(p).x());
        points[2 * p + 1] = static_cast<float>(shape.part(p).y());
      }
      fwrite(points, sizeof(float), 136, stdout);
    }
    fflush(stdout);
  }
  return 0;
}
