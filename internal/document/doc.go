// Package document reads the YAML and JSON files that Sluice checks, and rewrites them.
//
// [Parse] returns the objects in a file that Sluice reviews, each value with its line and column.
// [Fix] makes the edits of their verdicts in the text of the file, so that comments, order,
// indentation and quotes are kept.
//
// The package reads no files: their names and contents are arguments.
package document
