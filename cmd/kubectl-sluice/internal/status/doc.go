// Package status summarizes for people what the nodes of a cluster export: how many are up to
// date, which problems there are, and how to fix them. It reads values and writes text.
package status
