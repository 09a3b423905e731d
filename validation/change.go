package validation

import "net/netip"

// Stored is what an object as it is stored exports: the change that makes nothing of it.
func Stored(o Object, options Options) Change {
	return Change{Resource: o.Resource, Result: exportsOf(&o, options)}
}

// exportsOf lists the readable collectors of a stored object.
func exportsOf(o *Object, options Options) []Export {
	if o == nil {
		return nil
	}
	if o.Resource == FlowsConfig {
		return storedTargets(o)
	}
	lists := emptyLists(o, options)
	return storedExports(&lists)
}

// evaluate asks the policies about the change from the old collectors to the new ones.
func evaluate(in Input, v *Verdict, before, after []Export) {
	judgement := in.Policies.Judge(in.User, Change{
		Resource: in.Object.Resource,
		Create:   in.Operation == Create && in.Old == nil && !in.Object.MergePatch,
		Added:    missingFrom(before, after),
		Removed:  missingFrom(after, before),
		Result:   after,

		MaxDenials: in.Options.MaxFindings,
	})
	v.Denials, v.Cautions, v.Audited, v.Applied = judgement.Denied, judgement.Warned, judgement.Audited, judgement.Applied
	v.OmittedDenials = judgement.Omitted
	if len(v.Denials) > 0 && len(v.Errors) == 0 {
		v.Edits = nil
		holdBack(v.Warnings)
	}
}

// missingFrom returns the exports of list that known has not.
func missingFrom(known, list []Export) []Export {
	type sink struct {
		format    Format
		collector netip.AddrPort
	}
	if len(list) == 0 {
		return nil
	}
	seen := make(map[sink]struct{}, len(known))
	for _, e := range known {
		seen[sink{e.Format, e.Collector}] = struct{}{}
	}
	var missing []Export
	for _, e := range list {
		if _, ok := seen[sink{e.Format, e.Collector}]; !ok {
			missing = append(missing, e)
		}
	}
	return missing
}
