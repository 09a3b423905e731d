// Package status sums up, for people, what the nodes of a cluster export: how many do what
// is wanted, what is wrong, and what to do about it. It reads values and writes text.
package status
