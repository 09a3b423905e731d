package status

// Old reports whether what a node reported may be outdated: its agent is not known to be alive.
func (c Cluster) Old(node string) bool { return !c.alive(node) }
