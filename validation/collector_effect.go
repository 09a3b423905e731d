package validation

// effect is why a text is rejected: what it does in OVN-Kubernetes and Open vSwitch or, if Sluice's
// agents send to the collectors, what else is wrong with it.
func (c collectorReader) effect(ofOpenVSwitch, ofAgents string) string {
	if c.bySluice {
		return ofAgents
	}
	return ofOpenVSwitch
}
