/* The small sample of the tests of lib/predict: 400 people from a linear congruential generator, so that any other
 * program can make the same ones (the figures quoted beside the assertions are from scikit-learn 1.9.1 and scikit-uplift 0.5.1). */
#ifndef KITH_TESTS_PREDICT_SAMPLE_H
#define KITH_TESTS_PREDICT_SAMPLE_H
#include <kith/lead.h>
#include <math.h>

enum { PEOPLE = 400 };
typedef struct sample {
    double age[PEOPLE], spend[PEOPLE], y[PEOPLE], uplift[PEOPLE];
    int32_t job[PEOPLE];
    uint8_t treated[PEOPLE];
    kith_feature features[3];
    kith_frame frame;
} sample;

static inline void sample_make(sample *s) {
    static const char *const jobs[] = {"0", "1", "2", "3"};
    uint64_t x = 42;
    for (int i = 0; i < PEOPLE; i++) {
        double u[5];
        for (int k = 0; k < 5; k++) {
            x = (x * 1103515245 + 12345) % 2147483648;
            u[k] = (double)x / 2147483648;
        }
        s->age[i] = nearbyint(20 + 50 * u[0]);
        s->job[i] = (int32_t)floor(4 * u[1]);
        s->spend[i] = nearbyint(100 * u[2] * u[2] * 100) / 100;
        double eta = -1 + .03 * (s->age[i] - 45) + .8 * (s->job[i] == 2) - .5 * (s->job[i] == 0) + .01 * s->spend[i];
        s->y[i] = u[3] < 1 / (1 + exp(-eta));
        s->treated[i] = u[4] < .5;
        s->uplift[i] = nearbyint((u[2] - .5 * u[0]) * 10) / 10;
    }
    s->features[0] = (kith_feature){.name = "age", .number = s->age};
    s->features[1] = (kith_feature){.name = "job", .is_level = true, .level = s->job, .levels = jobs, .n_levels = 4};
    s->features[2] = (kith_feature){.name = "spend", .number = s->spend};
    s->frame = (kith_frame){PEOPLE, 3, s->features};
}
#endif
