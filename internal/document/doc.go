// Package document reads the YAML and JSON files that Sluice checks, and rewrites them.
//
// [Parse] turns the bytes of a file into the objects that Sluice judges, each value with
// its line and column. [Fix] makes the edits of their verdicts in the file's own text, so
// that comments, order, indentation and quotes stay.
//
// It reads no file and starts no process: bytes and names arrive as arguments.
package document
