package validation

// oldKeys reads the stored list of one format leniently: whatever it says was accepted
// once.
func oldKeys(in Input, f Format) keySet {
	var keys keySet
	if in.Old == nil {
		return keys
	}
	items := in.Old.ExportNetworkFlows.Get(f.Field()).Get("collectors").Items
	reader := collectorReader{usualPort: f.UsualPort(), ipv6: in.Options.IPv6}
	keys = newKeySet(len(items))
	for index, item := range items {
		if item.Kind != String {
			continue
		}
		if k := keyOf(item.Text, reader.read(item.Text)); !keys.has(k) {
			keys.add(k, index)
		}
	}
	return keys
}

// oldExports lists the readable collectors of the stored object, for the policies.
func (r *networkReview) oldExports() []Export {
	var exports []Export
	for i := range r.lists {
		l := &r.lists[i]
		for _, k := range l.old.keys() {
			if k.key.collector.IsValid() {
				exports = append(exports, Export{Format: l.format, Collector: k.key.collector, Field: l.path(k.index)})
			}
		}
	}
	return exports
}

// newExports lists the readable collectors of the object as it will be stored.
func (r *networkReview) newExports() []Export {
	var exports []Export
	for i := range r.lists {
		l := &r.lists[i]
		for _, e := range l.entries {
			if !e.gone && len(e.reading.problems) == 0 {
				exports = append(exports, Export{Format: l.format, Collector: e.reading.collector, Field: l.path(e.index), Position: e.position})
			}
		}
	}
	return exports
}
