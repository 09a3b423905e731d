// Package hostile attacks the real webhook in a memory cgroup with the limit of the manifests, through a real API
// server and straight at its port. No attack may end the process, keep it from answering the next request, or let a
// change pass that a policy refuses.
package hostile
