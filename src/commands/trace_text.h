// The summary of a trace as a page of at most 80 columns.
#ifndef COMMANDS_TRACE_TEXT_H
#define COMMANDS_TRACE_TEXT_H

#include "base/text.h"
#include "command_line/command.h"
#include "trace/trace.h"

void trace_text_append(struct text *output, const struct trace_summary *summary);

#endif
