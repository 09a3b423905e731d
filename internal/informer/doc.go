// Package informer watches a single object, or all objects of a resource, with the informers of
// client-go. It stores the latest objects and notifies of changes through a channel.
package informer
