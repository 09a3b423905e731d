// Package informer follows single objects, or all of a resource, with client-go's informers:
// what was read last, and a channel that tells of changes.
package informer
