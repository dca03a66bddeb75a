// The whole program but for its exit: parse, run the command, report.
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

// Runs the command line and returns the exit code. Errors are printed on standard error; output that could
// not be written is an error, but a reader that went away is none.
int program_run(int argc, const char *const *argv);

#endif
