// Parts of the documentation that are made of tables in the code. They stand between two comment lines:
//     <!-- begin: name -->
//     <!-- end: name -->
#ifndef TESTS_DOCUMENT_H
#define TESTS_DOCUMENT_H

#include "base/text.h"

// Appends plain text in such a way that Markdown shows it as it is, inside a table too.
void append_markdown(struct text *text, const char *plain);

// Fails the test unless that part of the document (a path in the source tree) is `expected`, and says how to
// bring it up to date: with MEMALLOC_BENCH_UPDATE=1 in its environment, the test writes it.
void assert_document_part(const char *document, const char *name, const char *expected);

#endif
