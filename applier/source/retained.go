package source

import (
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// retained are the FlowExportProfiles that are known to be all. If the CustomResourceDefinition is deleted, for
// example when Sluice is uninstalled, the API server first deletes its objects, one by one. Each deletion looks like
// one of a user, and without the profiles a node would export what they keep it from exporting. So if a profile is
// missing, those known before count until it is known that the CustomResourceDefinition is not being deleted.
type retained struct {
	mu sync.Mutex
	// known says that the profiles were all at some time, and definition the UID of their definition then.
	known      bool
	profiles   []*unstructured.Unstructured
	definition types.UID
	// doubt says why it is unknown which profiles there are; empty if it is known, or was not asked yet.
	doubt string
	// ask gets a value if the definition has to be looked at.
	ask chan struct{}
}

// take takes in the objects of the watch. It returns the profiles that count; false if none are known yet. doubt
// says why that is unknown.
func (r *retained) take(now []*unstructured.Unstructured) (profiles []*unstructured.Unstructured, doubt string, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known && r.doubt == "" && !lacks(now, r.profiles) {
		r.profiles = now
		return now, "", true
	}
	select {
	case r.ask <- struct{}{}:
	default: // a value is waiting already
	}
	return r.profiles, r.doubt, r.known || r.doubt != ""
}

// doubted says why it is unknown which profiles there are; empty if it is known.
func (r *retained) doubted() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.doubt
}

// answer takes in the definition, or the error of reading it. now are the objects that the watch had before it was
// asked for: what was deleted by then, while the definition was not, was deleted by a user. It reports whether
// anything is known better than before, and whether it is known which profiles there are.
func (r *retained) answer(now []*unstructured.Unstructured, definition *unstructured.Unstructured, err error) (news, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.doubt
	r.doubt = r.doubtOf(now, definition, err)
	if r.doubt != "" {
		return r.doubt != before, false
	}
	news = before != "" || !r.known || lacks(now, r.profiles)
	r.known, r.profiles, r.definition = true, now, definition.GetUID()
	return news, true
}

func (r *retained) doubtOf(now []*unstructured.Unstructured, definition *unstructured.Unstructured, err error) string {
	switch {
	case apierrors.IsNotFound(err):
		return "their CustomResourceDefinition was deleted, and they with it"
	case err != nil:
		return fmt.Sprintf("some are gone, and it can't be read whether their CustomResourceDefinition is: %v", err)
	case definition.GetDeletionTimestamp() != nil:
		return "their CustomResourceDefinition is being deleted, and they with it"
	case r.known && definition.GetUID() != r.definition && !createdSince(now, definition.GetCreationTimestamp().Time):
		return "their CustomResourceDefinition was replaced, and they were deleted with the former one; create them again, or restart the agents if there are to be none"
	}
	return ""
}

// createdSince reports whether there are objects, all of them created since a time.
func createdSince(objects []*unstructured.Unstructured, at time.Time) bool {
	for _, o := range objects {
		if o.GetCreationTimestamp().Time.Before(at) {
			return false
		}
	}
	return len(objects) > 0
}

// lacks reports whether an object of some is not among others.
func lacks(among, some []*unstructured.Unstructured) bool {
	there := map[types.UID]bool{}
	for _, o := range among {
		there[o.GetUID()] = true
	}
	for _, o := range some {
		if !there[o.GetUID()] {
			return true
		}
	}
	return false
}
