// Package splitter tests what tenants get with the Open vSwitch of several Debian releases, and with readers
// that know nothing of Sluice.
package splitter
