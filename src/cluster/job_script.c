// What a task does on its node: it measures, and leaves its last word in the folder of the submission. Slurm
// tells the script, not the program (--signal=B:), so that the program can end, its journal closed, before
// the script has the task queued again.
#include <math.h>
#include <string.h>

#include "base/cleanup.h"
#include "cluster/private.h"

enum { GRACE_SECONDS = 60, EARLY_SECONDS = 60, AROUND_SECONDS = 120, ANALYSIS_MINUTES = 60 };

// Whether the text could end a line of a script.
static bool has_control_character(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    return false;
}

uint32_t cluster_minutes(double expected_seconds)
{
    double seconds = 2 * expected_seconds + AROUND_SECONDS + EARLY_SECONDS + GRACE_SECONDS;
    return (uint32_t)ceil(seconds / 60);
}

static enum status check_list(const struct string_list *list, const char *what, struct error *error)
{
    for (size_t i = 0; i < list->count; i++)
        if (has_control_character(list->items[i]))
            return error_set(error, STATUS_USAGE, "Leave out tabs and line breaks.",
                             "%s contains a control character", what);
    return STATUS_OK;
}

enum status cluster_job_check(const struct cluster_job *job, struct error *error)
{
    const struct {
        const char *text, *what;
    } texts[] = {
        {job->directory, "the path of the output directory"},
        {job->program, "the path of the program"},
        {job->partition, "--partition"},
        {job->account, "--account"},
        {job->constraint, "--constraint"},
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (texts[i].text && has_control_character(texts[i].text))
            return error_set(error, STATUS_USAGE, "Leave out tabs and line breaks.",
                             "%s contains a control character", texts[i].what);
    enum status status = check_list(&job->run_words, "an option of run", error);
    if (status == STATUS_OK)
        status = check_list(&job->modules, "--module", error);
    return status == STATUS_OK ? check_list(&job->slurm_words, "--sbatch-option", error) : status;
}

// A word as the shell takes it.
static void append_quoted(struct text *text, const char *word)
{
    text_append(text, "'");
    for (; *word; word++)
        text_append_bytes(text, *word == '\'' ? "'\\''" : word, *word == '\'' ? 4 : 1);
    text_append(text, "'");
}

// An option as Slurm reads it from a line of a script.
static void append_directive(struct text *text, const char *word)
{
    bool plain = !word[strcspn(word, " \"'\\#")];
    text_append_format(text, "#SBATCH %s", plain ? "" : "\"");
    for (; *word; word++)
        text_append_format(text, "%s%c", !plain && strchr("\"\\", *word) ? "\\" : "", *word);
    text_append(text, plain ? "\n" : "\"\n");
}

// A file of the submission, in whose name Slurm fills in the task's number.
static void append_output(struct text *text, const char *folder, const char *name)
{
    CLEANUP(text_release) struct text word = {0};
    text_append(&word, "--output=");
    for (const char *next = folder; *next; next++)
        text_append_format(&word, "%s%c", *next == '%' ? "%" : "", *next);
    text_append_format(&word, "/%s", name);
    append_directive(text, text_string(&word));
}

static enum status add_word(struct string_list *words, const char *option, const char *value,
                            struct error *error)
{
    if (!value)
        return STATUS_OK;
    CLEANUP(text_release) struct text word = {0};
    text_append_format(&word, "--%s=%s", option, value);
    enum status status = text_check(&word, error);
    return status == STATUS_OK ? string_list_add(words, text_string(&word), error) : status;
}

enum status list_slurm_words(const struct cluster_job *job, struct string_list *words, struct error *error)
{
    enum status status = add_word(words, "partition", job->partition, error);
    if (status == STATUS_OK)
        status = add_word(words, "account", job->account, error);
    for (size_t i = 0; i < job->slurm_words.count && status == STATUS_OK; i++) {
        CLEANUP(text_release) struct text word = {0};
        const char *given = job->slurm_words.items[i];
        text_append_format(&word, "%s%s", given[0] == '-' ? "" : "--", given);
        status = text_check(&word, error);
        if (status == STATUS_OK)
            status = string_list_add(words, text_string(&word), error);
    }
    return status;
}

static void append_common(struct text *text, const struct cluster_job *job)
{
    CLEANUP(string_list_release) struct string_list words = {0};
    if (list_slurm_words(job, &words, NULL) != STATUS_OK)
        text->failed = true;
    for (size_t i = 0; i < words.count; i++)
        append_directive(text, words.items[i]);
}

static void append_name(struct text *text, const struct cluster_job *job, const char *suffix)
{
    text_append(text, "#!/bin/bash\n");
    text_append_format(text, "#SBATCH --job-name=memalloc-bench-%s%s\n", job->platform, suffix);
}

static void append_size(struct text *text, const struct cluster_job *job)
{
    text_append_format(text, "#SBATCH --array=0-%zu\n", job->task_count - 1);
    text_append(text, "#SBATCH --nodes=1\n#SBATCH --ntasks=1\n#SBATCH --exclusive\n#SBATCH --mem=0\n");
    text_append_format(text, "#SBATCH --time=%u\n", job->minutes);
    uint32_t quarter = job->minutes * 15;
    text_append_format(text, "#SBATCH --signal=B:USR1@%u\n",
                       quarter < GRACE_SECONDS ? quarter : (uint32_t)GRACE_SECONDS);
    text_append_format(text, "#SBATCH --%s\n", job->requeue ? "requeue" : "no-requeue");
    text_append(text, "#SBATCH --open-mode=append\n");
    append_output(text, job->folder, "task_%a.log");
    if (job->constraint) {
        CLEANUP(text_release) struct text word = {0};
        text_append_format(&word, "--constraint=%s", job->constraint);
        append_directive(text, text_string(&word));
    }
}

static void append_variable(struct text *text, const char *name, const char *value)
{
    text_append_format(text, "%s=", name);
    append_quoted(text, value);
    text_append(text, "\n");
}

static void append_modules(struct text *text, const struct cluster_job *job)
{
    for (size_t i = 0; i < job->modules.count; i++) {
        text_append(text, "module load ");
        append_quoted(text, job->modules.items[i]);
        text_append(text, " || { tell failed 'module load'; exit 3; }\n");
    }
}

// The functions of the task, before anything can go wrong.
static const char task_begin[] =
    "node=${SLURMD_NODENAME:-$(hostname -s)}\n"
    "task=${SLURM_ARRAY_TASK_ID:-0}\n"
    "results=$directory/benchmark_$platform-$node\n"
    "child= why=\n"
    "\n"
    "# The last word of this task: written beside, then renamed, so that nobody reads half of it.\n"
    "tell() {\n"
    "    printf '%s\\n' \"$*\" >\"$folder/.task_$task.$SLURM_JOB_ID\" &&\n"
    "        mv -f \"$folder/.task_$task.$SLURM_JOB_ID\" \"$folder/task_$task.state\"\n"
    "}\n"
    "\n"
    "# Ends the run; it keeps its journal.\n"
    "stop() {\n"
    "    why=$1\n"
    "    [ -z \"$child\" ] || kill -TERM \"$child\"\n"
    "}\n"
    "trap 'stop limit' USR1\n"
    "trap 'stop end' TERM\n"
    "\n"
    "journal_bytes() {\n"
    "    { wc -c <\"$results.journal\" || echo 0; } 2>/dev/null\n"
    "}\n"
    "\n";

static const char task_measure[] =
    "before=$(journal_bytes)\n"
    "wait_for_child() {\n"
    "    while kill -0 \"$child\" 2>/dev/null; do wait \"$child\"; done\n"
    "    wait \"$child\"\n"
    "}\n"
    "srun --nodes=1 --ntasks=1 --cpus-per-task=\"${SLURM_CPUS_ON_NODE:-1}\" --cpu-bind=cores --mem=0 \\\n"
    "    \"$program\" run \"$platform-$node\" --output-dir=\"$directory\" --resume-or-start --quiet";

static const char task_end[] =
    " &\n"
    "child=$!\n"
    "[ -z \"$why\" ] || kill -TERM \"$child\"\n"
    "wait_for_child\n"
    "code=$?\n"
    "case $code in\n"
    "0) tell finished ;;\n"
    "1) tell finished 'some cells failed' ;;\n"
    "*)\n"
    "    if [ \"$why\" != limit ] || [ ! -e \"$results.journal\" ]; then\n"
    "        tell failed \"exit code $code\"\n"
    "    elif [ \"$requeue\" = no ]; then\n"
    "        tell failed 'time limit: go on with --retry'\n"
    "    elif [ \"$(journal_bytes)\" -le \"$before\" ]; then\n"
    "        tell failed 'time limit: too short for a single process, give a longer --time'\n"
    "    else\n"
    "        tell interrupted 'time limit'\n"
    "        scontrol requeue \"$SLURM_JOB_ID\" && exit 0\n"
    "    fi\n"
    "    ;;\n"
    "esac\n"
    "[ \"$code\" = 1 ] && code=0\n"
    "exit \"$code\"\n";

void cluster_append_job_script(struct text *text, const struct cluster_job *job)
{
    append_name(text, job, "");
    append_size(text, job);
    append_common(text, job);
    text_append(text, "\n");
    append_variable(text, "program", job->program);
    append_variable(text, "directory", job->directory);
    append_variable(text, "folder", job->folder);
    append_variable(text, "platform", job->platform);
    append_variable(text, "requeue", job->requeue ? "yes" : "no");
    if (job->constraint) {
        text_append(text, "export ");
        append_variable(text, "SLURM_JOB_CONSTRAINTS", job->constraint);
    }
    text_append(text, task_begin);
    append_modules(text, job);
    if (!job->replace)
        text_append(text, "# A task that is queued again after its results were written has nothing to do.\n"
                          "if [ \"${SLURM_RESTART_COUNT:-0}\" -gt 0 ] && [ -e \"$results.parquet\" ] && "
                          "[ ! -e \"$results.journal\" ]; then\n"
                          "    tell finished\n"
                          "    exit 0\n"
                          "fi\n");
    text_append(text, task_measure);
    if (job->replace)
        text_append(text, " --force");
    for (size_t i = 0; i < job->run_words.count; i++) {
        text_append(text, " \\\n    ");
        append_quoted(text, job->run_words.items[i]);
    }
    text_append(text, task_end);
}

void cluster_append_analysis_script(struct text *text, const struct cluster_job *job)
{
    append_name(text, job, "-analysis");
    text_append(text, "#SBATCH --nodes=1\n#SBATCH --ntasks=1\n");
    text_append_format(text, "#SBATCH --time=%d\n", ANALYSIS_MINUTES);
    append_output(text, job->folder, "analysis.log");
    append_common(text, job);
    text_append(text, "\n");
    append_variable(text, "program", job->program);
    append_variable(text, "directory", job->directory);
    append_variable(text, "folder", job->folder);
    text_append(text, "rm -f \"$folder/analysis.state\"\n");
    text_append(text, "tell() {\n    printf '%s\\n' \"$*\" >\"$folder/analysis.state\"\n}\n");
    append_modules(text, job);
    text_append(text, "\"$program\" analyze \"$directory\" --skip-bad\n"
                      "code=$?\n"
                      "if [ \"$code\" = 0 ]; then tell finished; else tell failed \"exit code $code\"; fi\n"
                      "exit \"$code\"\n");
}
