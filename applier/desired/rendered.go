package desired

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"sluice/validation"
)

// rendered are the targets of each format that OVN-Kubernetes sets for the cluster's own objects:
// every address and port that it can parse, also those that Sluice rejects and skips, such as
// 240.0.0.1:2055 or port 70000. What it cannot parse keeps ovnkube-node from starting, so it sets
// nothing then.
//
// Sources: renderOVNFlowsConfig of the Cluster Network Operator for the ConfigMap, and
// go-controller/pkg/config/utils.go (ParseFlowCollectors) of OVN-Kubernetes.
func rendered(in Inputs) [3][]string {
	var targets [3][]string
	for _, f := range validation.Formats() {
		for _, item := range in.Network.Object.ExportNetworkFlows.Get(f.Field()).Get("collectors").Items {
			if item.Kind == validation.String {
				targets[f] = append(targets[f], item.Text)
			}
		}
	}
	ipfix := &targets[validation.IPFIX]
	if target, ok := in.FlowsConfig["sharedTarget"]; ok {
		*ipfix = append(*ipfix, strings.Split(target, ",")...)
	} else if port, ok := in.FlowsConfig["nodePort"]; ok {
		*ipfix = append(*ipfix, strings.Split(":"+port, ",")...)
	}
	for f, list := range targets {
		var parsed []string
		for _, text := range list {
			if target := parsedTarget(text, in.Node); target != "" && !slices.Contains(parsed, target) {
				parsed = append(parsed, target)
			}
		}
		targets[f] = parsed
	}
	return targets
}

// parsedTarget is a target as OVN-Kubernetes writes it; empty if it cannot parse the text. A shell
// removes the white space around it. A port alone becomes that port of the node's own address.
func parsedTarget(text string, node Node) string {
	host, port, err := net.SplitHostPort(strings.TrimSpace(text))
	if err != nil {
		return ""
	}
	number, err := strconv.ParseInt(port, 10, 32)
	if err != nil {
		return ""
	}
	var address string
	if host == "" {
		if !node.Address.IsValid() {
			return ""
		}
		address = node.Address.String()
	} else if ip := net.ParseIP(host); ip != nil {
		address = ip.String()
	} else {
		return ""
	}
	return net.JoinHostPort(address, strconv.FormatInt(number, 10))
}
