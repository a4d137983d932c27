/* Any bytes as a saved state: refused, or loaded into a state that can be saved again. The checksum is mended first, so that the loaders
 * behind it are reached. */
#include "fuzz.h"

#include <kith/aggregate.h>
#include <kith/attribution.h>
#include <kith/clusters.h>
#include <kith/cohort.h>
#include <kith/curve.h>
#include <kith/experiment.h>
#include <kith/fold.h>
#include <kith/link.h>
#include <kith/paths.h>
#include <kith/profile.h>
#include <kith/rfm.h>
#include <kith/sessions.h>
#include <kith/steps.h>
#include <kith/survival.h>
#include <kith/next.h>
#include <kith/purchases.h>
#include <kith/taste.h>
#include <kith/tone.h>

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    static const kith_fold *const folds[] = {&kith_table_fold, &kith_funnel_fold, &kith_retention_fold, &kith_pipeline_fold, &kith_summary_fold, &kith_value_fold, &kith_taste_fold,
                                             &kith_next_fold, &kith_kmeans_fold, &kith_mixture_fold, &kith_rfm_fold, &kith_rfm_fit_fold, &kith_paths_fold, &kith_session_fold, &kith_attribution_fold,
                                             &kith_experiment_fold, &kith_survival_fold, &kith_curve_fold, &kith_profile_fold,
                                             &kith_lead_fold, &kith_uplift_fold, &kith_tone_fold, &kith_link_fold, &kith_link_forest_fold, NULL};
    kith_buf buf = {0};
    kith_error err;
    kith_state *state;
    kith_buf_put(&buf, bytes, n);
    if (n && bytes[n - 1] != '\n') kith_buf_putc(&buf, '\n');
    for (int mended = 0; mended < 2; mended++) {
        if (mended) kith_buf_printf(&buf, "end,%zu,%016llx\n", buf.n, (unsigned long long)kith_hash(buf.p, buf.n, 0));
        const char *path = fuzz_file((const uint8_t *)buf.p, buf.n);
        if (kith_state_load(path, folds, &state, &err) == KITH_OK) {
            kith_buf out = {0};
            if (state->fold->save(state->state, &out, &err) == KITH_DEFECT) abort();
            out.n = 0;
            if (state->fold->finish) state->fold->finish(state->state, ',', &out, &err);
            kith_buf_free(&out);
        }
        kith_state_free(state);
    }
    kith_buf_free(&buf);
    fuzz_done();
    return 0;
}
