package validation

// ownerFields are those of an owner reference of Kubernetes.
func ownerFields() []string {
	return []string{"apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"}
}

// AddsOwner reports whether a change adds an owner reference. Kubernetes' garbage collector
// deletes an object as soon as none of its owners exists, so that the user who adds a reference
// can have the object deleted.
func AddsOwner(in Input) bool {
	if in.Operation == Delete || len(in.Object.OwnerReferences.Items) == 0 {
		return false
	}
	type reference [6]string
	key := func(v Value) (r reference) {
		for i, field := range ownerFields() {
			r[i] = v.Get(field).Text
		}
		return r
	}
	known := map[reference]bool{}
	if in.Old != nil {
		for _, v := range in.Old.OwnerReferences.Items {
			known[key(v)] = true
		}
	}
	for _, v := range in.Object.OwnerReferences.Items {
		if !known[key(v)] {
			return true
		}
	}
	return false
}
