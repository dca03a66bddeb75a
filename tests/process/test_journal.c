// An interrupted run goes on from its journal, whatever became of that, and not where it would mix what does
// not belong together.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "fake_run.h"
#include "runner/journal.h"
#include "runner/provenance.h"
#include "wire/bytes.h"

static void a_journal_of_other_options_is_refused(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = small_plan();
    CLEANUP(run_release) struct run run = {0};
    assert_int_equal(run_plan(&plan, "ok", NULL, false, &run, NULL), STATUS_OK);
    struct plan_request other = plan.request;
    other.seed++;
    CLEANUP(plan_release) struct plan other_plan = {0};
    assert_int_equal(plan_build(&other, &other_plan, NULL), STATUS_OK);
    struct error error;
    CLEANUP(run_release) struct run refused = {0};
    assert_int_equal(run_plan(&other_plan, "ok", NULL, true, &refused, &error), STATUS_USAGE);
    assert_non_null(strstr(error.cause, "other options"));
    struct plan_request stored;
    assert_int_equal(runner_read_journal_request(fake_run.journal_path, &stored, NULL, &error), STATUS_OK);
    CLEANUP(plan_release) struct plan stored_plan = {0};
    assert_int_equal(plan_build(&stored, &stored_plan, NULL), STATUS_OK);
    assert_true(stored_plan.fingerprint == plan.fingerprint);
}

static void expect_refusal(struct plan *plan, const char *fact, const char *began_with, const char *now)
{
    struct run run = {0};
    struct error error;
    assert_int_equal(run_plan(plan, "ok", NULL, true, &run, &error), STATUS_USAGE);
    if (!strstr(error.cause, fact) || !strstr(error.cause, began_with) || !strstr(error.cause, now) ||
        !strstr(error.remedy, "--force") || !strstr(error.remedy, "Restore"))
        fail_msg("%s. %s", error.cause, error.remedy);
}

static void a_run_does_not_go_on_with_another_build_or_kernel(void **state)
{
    (void)state;
    static const char long_flags[] = "-std=gnu17 -Wall -Wextra -Wconversion -Wshadow -Wundef -Wvla "
                                     "-fno-omit-frame-pointer -fno-plt -fstack-protector -g3 -O%d -DNDEBUG";
    char flags[2][160];
    snprintf(flags[0], sizeof flags[0], long_flags, 2);
    snprintf(flags[1], sizeof flags[1], long_flags, 3);
    CLEANUP(plan_release) struct plan plan = small_plan();
    fake_run.compiler_flags = flags[0];
    {
        CLEANUP(run_release) struct run run = {0};
        assert_int_equal(run_plan(&plan, "interrupt_driver", "fifo", false, &run, NULL), STATUS_INTERRUPTED);
    }
    fake_run.kernel_release = "6.2.0";
    expect_refusal(&plan, "kernel release", "6.1.0", "now it is 6.2.0");
    fake_run.kernel_release = "6.1.0";
    fake_run.compiler_flags = flags[1];
    expect_refusal(&plan, "compiler flags", "-O2 -DNDEBUG", "-O3 -DNDEBUG");
    fake_run.compiler_flags = flags[0];
    char other_worker[128];
    snprintf(other_worker, sizeof other_worker, "%s/worker", fake_run.directory);
    assert_int_equal(file_write(other_worker, "no program", 10, NULL), STATUS_OK);
    fake_run.worker_path = other_worker;
    expect_refusal(&plan, "worker", "build id ", "now it is 10 bytes, changed at");
    assert_int_equal(unlink(other_worker), 0);
    fake_run.worker_path = getenv("FAKE_WORKER_PATH");
    CLEANUP(run_release) struct run run = {0};
    assert_int_equal(run_plan(&plan, "ok", NULL, true, &run, NULL), STATUS_OK);
    assert_int_equal(run.count, plan.count);
    fake_run.compiler_flags = "-O2";
}

static void a_run_does_not_go_on_with_another_library_for_a_heap(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan without = small_plan();
    struct plan_request request = without.request;
    snprintf(request.heaps[1].name, sizeof request.heaps[1].name, "mine");
    snprintf(request.heaps[1].library, sizeof request.heaps[1].library, "/nonexistent/mine.so");
    request.heap_count = 2;
    CLEANUP(plan_release) struct plan plan = {0};
    assert_int_equal(plan_build(&request, &plan, NULL), STATUS_OK);
    struct heap_state states[2];
    for (size_t i = 0; i < 2; i++)
        heap_state_init(&states[i], &plan.request.heaps[i], fake_run.worker_path, false);
    CLEANUP(facts_release) struct facts facts = {0}, missing = {0}, there = {0};
    struct error error;
    assert_int_equal(provenance_collect(&facts, fake_run.worker_path, states, 2, &missing, NULL), STATUS_OK);
    assert_int_equal(provenance_check(&missing, &missing, "j", NULL), STATUS_OK);
    states[1].usable = true; // a shared object, or as good as one here
    snprintf(states[1].file.path, sizeof states[1].file.path, "%s", fake_run.worker_path);
    assert_int_equal(provenance_collect(&facts, fake_run.worker_path, states, 2, &there, NULL), STATUS_OK);
    assert_int_equal(provenance_check(&missing, &there, "j", &error), STATUS_USAGE);
    assert_non_null(strstr(error.cause, "another heap.mine: heap mine: /nonexistent/mine.so: No such file"));
    assert_non_null(strstr(error.cause, "build id"));
    heap_states_release(states, 2);
}

// Leaves the bytes of a finished run's journal.
static struct text journal_of(struct plan *plan)
{
    CLEANUP(run_release) struct run run = {0};
    assert_int_equal(run_plan(plan, "ok", NULL, false, &run, NULL), STATUS_OK);
    struct text bytes = {0};
    assert_int_equal(file_read(fake_run.journal_path, 1 << 20, &bytes, NULL), STATUS_OK);
    return bytes;
}

// Puts the checksum of the frame at that place right.
static void seal(struct text *bytes, size_t position)
{
    uint8_t *frame = (uint8_t *)bytes->bytes + position;
    struct byte_reader reader = {.bytes = frame, .length = 4};
    struct byte_writer writer = {.bytes = frame, .capacity = 8, .position = 4};
    put_number(&writer, checksum(frame + 8, (size_t)get_number(&reader, 4)), 4);
}

static void a_journal_of_another_version_is_refused_as_such(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = small_plan();
    CLEANUP(text_release) struct text bytes = journal_of(&plan);
    struct journal_content content = {0};
    struct error error;
    bytes.bytes[16] = 4; // behind length, checksum and eight letters
    seal(&bytes, 0);
    assert_int_equal(
        journal_decode((const uint8_t *)bytes.bytes, bytes.length, "the-journal", &content, &error),
        STATUS_BAD_DATA);
    assert_non_null(strstr(error.cause, "the-journal was written by another version of this program"));
    assert_non_null(strstr(error.remedy, "with the version of the program that started the run"));
}

// A crash of the machine can cut the journal anywhere: whole entries survive, the torn one is run again.
static void a_journal_cut_anywhere_keeps_its_whole_entries(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = small_plan();
    CLEANUP(text_release) struct text bytes = journal_of(&plan);
    size_t refused = 0, last_count = 0;
    for (size_t length = 0; length <= bytes.length; length++) {
        struct journal_content content = {0};
        CLEANUP(free_pointer) uint8_t *copy = malloc(length ? length : 1); // exact: a read past it is seen
        assert_non_null(copy);
        memcpy(copy, bytes.bytes, length);
        if (journal_decode(copy, length, "test", &content, NULL) == STATUS_OK) {
            assert_true(content.count >= last_count && content.count <= last_count + 1);
            assert_true(content.valid_bytes <= length);
            last_count = content.count;
            journal_content_release(&content);
        } else {
            refused++;
        }
    }
    assert_int_equal(last_count, plan.count);
    assert_true(refused > 0 && refused < bytes.length / 2);
}

// Where the journal's frames begin, and where the last one ends. Returns their number.
static size_t find_frames(const struct text *bytes, size_t *ret_positions, size_t most)
{
    size_t count = 0, position = 0;
    while (position < bytes->length && count + 1 < most) {
        struct byte_reader reader = {.bytes = (const uint8_t *)bytes->bytes + position, .length = 4};
        ret_positions[count++] = position;
        position += 8 + (size_t)get_number(&reader, 4);
    }
    assert_int_equal(position, bytes->length);
    ret_positions[count] = position;
    return count;
}

enum { MAX_FRAMES = 32 };

static void from_damage_on_a_journal_is_not_read(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = small_plan();
    CLEANUP(text_release) struct text bytes = journal_of(&plan);
    size_t frames[MAX_FRAMES], refused = 0, entry = 0;
    size_t count = find_frames(&bytes, frames, MAX_FRAMES);
    assert_int_equal(count, 1 + plan.count);
    for (size_t i = 0; i < bytes.length; i += 7) {
        struct journal_content content = {0};
        bytes.bytes[i] ^= 0x10;
        enum status status =
            journal_decode((const uint8_t *)bytes.bytes, bytes.length, "test", &content, NULL);
        bytes.bytes[i] ^= 0x10;
        if (i < frames[1]) {
            assert_int_equal(status, STATUS_BAD_DATA);
            refused++;
            continue;
        }
        while (i >= frames[entry + 1])
            entry++;
        assert_int_equal(status, STATUS_OK);
        assert_int_equal(content.count, entry - 1);
        assert_true(content.valid_bytes == frames[entry]);
        assert_true(content.valid_bytes + content.cut_off_bytes == bytes.length);
        journal_content_release(&content);
    }
    assert_true(refused > 100 && entry == plan.count);
}

static char told[4096];

static void remember_damage(const char *journal_path)
{
    snprintf(told, sizeof told, "%s", journal_path);
}

// Zeros are what a crash of the machine leaves of blocks that were not written yet.
static void what_stood_behind_damage_is_measured_again_and_that_is_told(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = small_plan();
    CLEANUP(text_release) struct text bytes = journal_of(&plan);
    size_t frames[MAX_FRAMES];
    find_frames(&bytes, frames, MAX_FRAMES);
    memset(bytes.bytes + frames[2] + 20, 0, frames[4] - frames[2]); // entries 2, 3 and 4
    assert_int_equal(file_write(fake_run.journal_path, bytes.bytes, bytes.length, NULL), STATUS_OK);
    setenv("FAKE_WORKER", "ok", 1);
    const struct runner_options options = {.worker_path = fake_run.worker_path,
                                           .journal_path = fake_run.journal_path,
                                           .resume = true,
                                           .damage = remember_damage};
    for (int round = 0; round < 2; round++) { // the second finds everything there
        CLEANUP(facts_release) struct facts facts = {0};
        CLEANUP(run_release) struct run run = {0};
        told[0] = '\0';
        assert_int_equal(runner_run(&plan, &options, &facts, &run, NULL), STATUS_OK);
        assert_int_equal(run.count, plan.count);
        for (size_t i = 0; i < run.count; i++)
            assert_true(run.processes[i].plan_order == i && run.processes[i].trial_count == 3);
        assert_string_equal(told, round == 0 ? fake_run.journal_path : "");
        assert_string_equal(facts_get(&facts, "plan.resumed_processes"), round == 0 ? "1" : "8");
    }
}

// Whole entries, all checksums right, that the program itself would not have written.
static void a_journal_with_more_than_its_plan_is_refused(void **state)
{
    (void)state;
    CLEANUP(plan_release) struct plan plan = small_plan();
    plan.request.measurements = MEASUREMENT_BIT(MEASUREMENT_census);
    uint32_t later = 0; // a process that is not its cell's first: it has no census
    while (plan.processes[later].replicate == 0)
        later++;
    const struct measurement_record first = {.plan_order = plan.processes[0].order,
                                             .kind = MEASUREMENT_census};
    const struct measurement_record of_later = {.plan_order = later, .kind = MEASUREMENT_census};
    const struct measurement_record beyond = {.plan_order = (uint32_t)plan.count, .kind = MEASUREMENT_census};
    const struct measurement_record not_asked = {.plan_order = plan.processes[0].order,
                                                 .kind = MEASUREMENT_traverse};
    const struct process_record process = {.plan_order = 0}, another = {.plan_order = (uint32_t)plan.count};
    const struct {
        const struct measurement_record *measurement[2];
        const struct process_record *record[2];
        enum status status;
    } cases[] = {
        {{&first, NULL}, {NULL, NULL}, STATUS_OK},
        {{&first, &first}, {NULL, NULL}, STATUS_BAD_DATA},
        {{&of_later, NULL}, {NULL, NULL}, STATUS_BAD_DATA},
        {{&beyond, NULL}, {NULL, NULL}, STATUS_BAD_DATA},
        {{&not_asked, NULL}, {NULL, NULL}, STATUS_BAD_DATA},
        {{NULL, NULL}, {&process, NULL}, STATUS_OK},
        {{NULL, NULL}, {&process, &process}, STATUS_BAD_DATA},
        {{NULL, NULL}, {&another, NULL}, STATUS_BAD_DATA},
    };
    CLEANUP(facts_release) struct facts facts = {0};
    for (size_t c = 0; c < COUNT_OF(cases); c++) {
        struct journal journal = JOURNAL_CLOSED;
        struct journal_content content = {0};
        struct error error;
        assert_int_equal(journal_create(&journal, fake_run.journal_path, &plan, &facts, NULL), STATUS_OK);
        for (int i = 0; i < 2; i++) {
            if (cases[c].measurement[i])
                assert_int_equal(journal_append_measurement(&journal, cases[c].measurement[i], NULL),
                                 STATUS_OK);
            if (cases[c].record[i])
                assert_int_equal(journal_append(&journal, cases[c].record[i], NULL), STATUS_OK);
        }
        journal_close(&journal);
        enum status status = journal_resume(&journal, fake_run.journal_path, &plan, &facts, &content, &error);
        if (status != cases[c].status)
            fail_msg("case %zu: %d", c, status);
        if (status == STATUS_OK)
            journal_content_release(&content);
        else
            assert_non_null(strstr(error.cause, "does not fit its plan"));
        journal_close(&journal);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_journal_of_other_options_is_refused),
        cmocka_unit_test(a_run_does_not_go_on_with_another_build_or_kernel),
        cmocka_unit_test(a_run_does_not_go_on_with_another_library_for_a_heap),
        cmocka_unit_test(a_journal_of_another_version_is_refused_as_such),
        cmocka_unit_test(a_journal_cut_anywhere_keeps_its_whole_entries),
        cmocka_unit_test(from_damage_on_a_journal_is_not_read),
        cmocka_unit_test(what_stood_behind_damage_is_measured_again_and_that_is_told),
        cmocka_unit_test(a_journal_with_more_than_its_plan_is_refused),
    };
    return cmocka_run_group_tests(tests, fake_run_begin, fake_run_end);
}
