package validation

import "net/netip"

// RuleNodeAddress finds a port of each node's own address together with an address with the same port.
const RuleNodeAddress Rule = "node-address"

// nodeAddressEffect is what happens on the node that has the address. OVN-Kubernetes removes
// duplicates before it fills in the address of the node (go-controller/pkg/config/utils.go,
// ParseFlowCollectors), and ovs-vsctl refuses a set with a duplicate.
const nodeAddressEffect = "on a node with this address both are the same collector, and ovnkube-node would not start there; remove one of the two if it is the address of a node"

// nodeAddress warns where a node's own address may be listed in both ways.
func nodeAddress() Check {
	return Check{
		Rule: RuleNodeAddress, Effect: Warns,
		Summary: "A port of each node's own address, and an address with the same port, which may be the address of a node",
		Example: "`sharedTarget: \":4739,192.168.1.10:4739\"`, or `nodePort: \"4739\"` while the Network lists `192.168.1.10:4739` for IPFIX: if a\n" +
			"node has the address 192.168.1.10, Open vSwitch gets a duplicate there, refuses it, and `ovnkube-node` does not start.\n" +
			"Write one of the two.",
		Collector: func(c CollectorContext) string {
			if !c.OwnPort || !mayBeNode(c.Addr.Addr()) {
				return ""
			}
			return "has the port of each node's own address, which is also listed: " + nodeAddressEffect
		},
	}
}

// mayBeNode reports whether an address can be the primary address of a node.
func mayBeNode(a netip.Addr) bool {
	return a.IsValid() && !a.IsLoopback() && !a.IsMulticast() && !a.IsLinkLocalUnicast()
}

// ownPorts are the ports of each node's own address that the ConfigMap names.
func ownPorts(targets []entry) map[uint16]bool {
	ports := map[uint16]bool{}
	for _, e := range targets {
		if c := e.reading.collector; len(e.reading.problems) == 0 && !c.Addr().IsValid() {
			ports[c.Port()] = true
		}
	}
	return ports
}

// NodeAddressAcross warns where the IPFIX list of a Network and the ConfigMap list a node's own
// address in both ways: about the ConfigMap, or about the Network if inNetwork is set. Each is
// given with the verdict on it.
func NodeAddressAcross(network Object, networkVerdict Verdict, config Object, configVerdict Verdict, inNetwork bool) []Finding {
	var found []Finding
	items := network.ExportNetworkFlows.Get(IPFIX.Field()).Get("collectors").Items
	for _, listed := range networkVerdict.Flows.Collectors(IPFIX) {
		for _, own := range configVerdict.Flows.Collectors(IPFIX) {
			if own.Addr().IsValid() || own.Port() != listed.Port() || !mayBeNode(listed.Addr()) {
				continue
			}
			if inNetwork {
				f := Finding{
					Rule: RuleNodeAddress, Field: flowsField + ".ipfix.collectors", Value: collectorText(listed),
					Message: "has the port of each node's own address, which the ConfigMap " + FlowsConfigName + " names: " + nodeAddressEffect,
				}
				for _, item := range items {
					if item.Text == f.Value {
						f.Position = item.Position
					}
				}
				found = append(found, f)
				continue
			}
			key := targetKey(&config)
			v := config.Data.Get(key)
			found = append(found, Finding{
				Rule: RuleNodeAddress, Field: "data." + key, Value: v.Text, Position: v.Position,
				Message: "names a port of each node's own address, and the IPFIX list of the Network has " + collectorText(listed) + ": " + nodeAddressEffect,
			})
		}
	}
	return found
}
