// Package runbooks brings clusters and nodes into the states that the runbooks are about, runs their commands, and
// compares the outputs with the samples in the pages. With -update, it writes the samples.
package runbooks
