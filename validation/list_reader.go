package validation

// listReader reads the collectors of a list. The schema of a FlowExport takes IPv6 in any case.
func listReader(r Resource, f Format, o Options) collectorReader {
	return collectorReader{usualPort: f.UsualPort(), ipv6: o.IPv6 || r == FlowExport, bySluice: r == FlowExport}
}
