// Package releases pins the programs of the Kubernetes releases that are supported in addition to
// the newest, which is in ../go.mod. It is a module of its own with one .mod file for each release;
// go.mod is 1.30, the oldest one. ../build.sh builds the programs with them.
package releases
