// Package validation is the pure core of Sluice: it reviews a change to the lists of
// NetFlow, sFlow and IPFIX collectors of Network.operator.openshift.io (field
// spec.exportNetworkFlows) and to the ConfigMap ovs-flows-config.
//
// [Review] is the one entry. It takes values and returns a [Verdict]; the webhook, the
// command line and the agent all call it, so they cannot differ. The stages, in order:
//
//	shape       the JSON shape: types, unknown and duplicate keys, empty blocks
//	collector   one text into address and port, with what is wrong or not canonical in it
//	ratchet     what is unchanged from the stored object is a warning, never an error
//	list        duplicates, counts
//	checks      what probably won't do what the user wants ([Check])
//	policy      who may send where ([PolicySet])
//
// It imports no Kubernetes client, no clock, no environment and no process.
package validation
