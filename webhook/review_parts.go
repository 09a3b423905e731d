package webhook

import (
	"bytes"

	"sluice/validation"
)

// part is a part of a review, as the selector passes through it.
type part uint8

// The parts. What is skipped is never held in memory, however large it is: managedFields, status,
// annotations, the options of the request, and the ConfigMap's keys that nothing reads.
const (
	skipped  part = iota
	whole         // kept with all that is in it
	typeOnly      // kept without its content: {}, [], "" or a literal
	theReview
	theRequest
	theKind // of the object; kept as a whole
	theUser
	newObject
	oldObject
	theMetadata
	newSpec
	oldSpec
	theNetwork
	theAgent // of a FlowCollector
	theProcessor
	theAdvanced // settings of one of the two
	theData
	theBinaryData
)

// member is the part at a key, which is the text between its quotes. Keys are compared exactly, as in the API
// server.
func (p part) member(key []byte) part {
	switch p {
	case theReview:
		return memberOfReview(key)
	case theRequest:
		return memberOfRequest(key)
	case theUser:
		return wholeIf(string(key) == "username" || string(key) == "groups")
	case newObject, oldObject:
		return memberOfObject(key, p == oldObject)
	case theMetadata:
		return wholeIf(string(key) == "name" || string(key) == "namespace" || string(key) == "ownerReferences" || string(key) == "deletionTimestamp")
	case newSpec:
		return memberOfSpec(key)
	case oldSpec: // only what is compared with the new object
		if string(key) == "exportNetworkFlows" || string(key) == "managementState" {
			return whole
		}
		return memberOfFlowCollector(key)
	case theNetwork:
		return wholeIf(string(key) == "type")
	case theAgent:
		if string(key) == "ebpf" {
			return theProcessor
		}
		return skipped
	case theProcessor:
		if string(key) == "advanced" {
			return theAdvanced
		}
		return skipped
	case theAdvanced:
		return wholeIf(string(key) == "env")
	case theData:
		// Escape sequences may spell any key.
		if validation.FlowsConfigKey(string(key)) || bytes.IndexByte(key, '\\') >= 0 {
			return whole
		}
		return typeOnly
	case theBinaryData:
		return typeOnly
	case skipped, whole, typeOnly, theKind: // are not looked into
	}
	return skipped
}

func wholeIf(kept bool) part {
	if kept {
		return whole
	}
	return skipped
}

func memberOfReview(key []byte) part {
	switch string(key) {
	case "apiVersion", "kind":
		return whole
	case "request":
		return theRequest
	}
	return skipped
}

func memberOfRequest(key []byte) part {
	switch string(key) {
	case "kind":
		return theKind
	case "uid", "resource", "subResource", "namespace", "operation", "dryRun":
		return whole
	case "userInfo":
		return theUser
	case "object":
		return newObject
	case "oldObject":
		return oldObject
	}
	return skipped
}

func memberOfObject(key []byte, old bool) part {
	switch string(key) {
	case "metadata":
		return theMetadata
	case "spec":
		if old {
			return oldSpec
		}
		return newSpec
	case "data":
		return theData
	case "binaryData":
		return theBinaryData
	}
	return skipped
}

func memberOfSpec(key []byte) part {
	switch string(key) {
	case "exportNetworkFlows", "clusterNetwork", "serviceNetwork", "managementState":
		return whole
	case "defaultNetwork":
		return theNetwork
	}
	return memberOfFlowCollector(key)
}

// memberOfFlowCollector is the part at a key of the spec of a FlowCollector. A Network has none of
// these keys.
func memberOfFlowCollector(key []byte) part {
	switch string(key) {
	case "exporters", "deploymentModel", "kafka", "loki", "namespace":
		return whole
	case "agent":
		return theAgent
	case "processor":
		return theProcessor
	}
	return skipped
}
