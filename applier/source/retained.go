package source

import (
	"slices"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// retained are the FlowExportProfiles that are known to be all. If the CustomResourceDefinition is deleted, for
// example when Sluice is uninstalled, the API server first deletes its objects, one by one. Each deletion looks like
// one of a user, and without the profiles a node would export what they keep it from exporting. So if a profile is
// missing, those known before count until it is known that a user deleted it.
type retained struct {
	mu sync.Mutex
	// known says that the profiles were all at some time, and definition the UID of their definition when it was last
	// read. If it is replaced, profiles are missing, and it is read again. While there are none, nothing tells of it:
	// it is read again when there are some.
	known      bool
	profiles   []*unstructured.Unstructured
	definition types.UID
	// doubt says why it is unknown which profiles there are; empty if it is known, or was not asked yet.
	doubt string
	// ask gets a value if the definition has to be looked at.
	ask chan struct{}
	// back gets a value when the profiles that are missing were all created again. complete says that they are.
	back     chan struct{}
	complete bool
}

// take takes in the objects of the watch. It returns the profiles that count; false if none are known yet. doubt
// says why that is unknown.
func (r *retained) take(now []*unstructured.Unstructured) (profiles []*unstructured.Unstructured, doubt string, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known && r.doubt == "" && !lacks(now, r.profiles) {
		if len(r.profiles) == 0 && len(now) > 0 {
			wake(r.ask)
		}
		r.profiles = now
		return now, "", true
	}
	wake(r.ask)
	before := r.complete
	r.complete = r.doubt != "" && len(r.profiles) > 0 && !lacksName(now, r.profiles)
	if r.complete && !before {
		wake(r.back)
	}
	return r.profiles, r.doubt, r.known || r.doubt != ""
}

// wake wakes what waits for a channel.
func wake(who chan<- struct{}) {
	select {
	case who <- struct{}{}:
	default: // a value is waiting already
	}
}

// doubted says why it is unknown which profiles there are; empty if it is known.
func (r *retained) doubted() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.doubt
}

// begin takes in the first look at the definition, when the agent does not know yet which profiles there are. It
// reports whether that says anything. If the definition is replaced now, or was while the last agent was in doubt, the
// profile that applied formerly is lost.
func (r *retained) begin(f formerly, definition *unstructured.Unstructured, err error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil && !apierrors.IsNotFound(err) {
		return false
	}
	r.profiles = f.lost()
	if err == nil && definition.GetDeletionTimestamp() == nil && !f.replaces(definition) {
		r.definition = definition.GetUID()
	}
	return true
}

// answer takes in the definition, or the error of reading it. now are the objects that the watch had before it was
// asked for: what was deleted by then, while the definition was not, was deleted by a user. It reports whether
// anything is known better than before, and whether it is known which profiles there are.
func (r *retained) answer(now []*unstructured.Unstructured, definition *unstructured.Unstructured, err error) (news, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.doubt
	if r.known && before == "" && !lacks(now, r.profiles) {
		former := func(o *unstructured.Unstructured) bool { return since(o, definition) < 0 } // the watch may lag
		if err == nil && !slices.ContainsFunc(r.profiles, former) {
			r.definition = definition.GetUID()
		}
		return false, true
	}
	if r.doubt = doubtOf(definition, err, r.known); r.doubt == "" {
		if lost := r.lost(now, definition); len(lost) > 0 {
			r.doubt = doubtAbout(lost)
			r.profiles = slices.Concat(now, lost) // those that are back may be deleted by a user already
		}
	}
	if r.doubt != "" {
		return r.doubt != before, false
	}
	news = before != "" || !r.known || lacks(now, r.profiles)
	r.known, r.profiles, r.definition = true, now, definition.GetUID()
	return news, true
}

// lost are the profiles that were deleted with a former definition, and were not created again. Without knowledge of
// the former one, their ages decide; times have seconds only, and of the same second, a profile counts as lost.
func (r *retained) lost(now []*unstructured.Unstructured, definition *unstructured.Unstructured) []*unstructured.Unstructured {
	if definition.GetUID() == r.definition {
		return nil
	}
	var lost []*unstructured.Unstructured
	for _, o := range r.profiles {
		there := slices.ContainsFunc(now, func(n *unstructured.Unstructured) bool {
			return n.GetUID() == o.GetUID() || n.GetName() == o.GetName() && since(n, definition) >= 0
		})
		if !there && since(o, definition) <= 0 {
			lost = append(lost, o)
		}
	}
	return lost
}

// since compares when an object and its definition were created: it is negative for an object of a former definition.
func since(o, definition *unstructured.Unstructured) int {
	return o.GetCreationTimestamp().Compare(definition.GetCreationTimestamp().Time)
}

// lacks reports whether an object of some is not among others.
func lacks(among, some []*unstructured.Unstructured) bool {
	return lacking(among, some, (*unstructured.Unstructured).GetUID)
}

// lacksName reports whether no object of the name of one of some is among others.
func lacksName(among, some []*unstructured.Unstructured) bool {
	return lacking(among, some, (*unstructured.Unstructured).GetName)
}

func lacking[K comparable](among, some []*unstructured.Unstructured, of func(*unstructured.Unstructured) K) bool {
	there := map[K]bool{}
	for _, o := range among {
		there[of(o)] = true
	}
	return slices.ContainsFunc(some, func(o *unstructured.Unstructured) bool { return !there[of(o)] })
}
