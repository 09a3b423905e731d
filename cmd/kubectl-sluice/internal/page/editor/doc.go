// Package editor evaluates lists that a user is typing: with a dry run as the user or, where the
// user may not patch, with the same rules on this machine.
package editor
