// Package board is what the page shows of a cluster, as a value: rows, sections, and the
// difference between two boards. It has no clock and reads nothing.
package board
