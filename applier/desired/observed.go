package desired

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sluice/api/v1alpha1"
)

// Observed identifies the objects, in addition to the Network, that say what a node is to export: the
// profile that applies to a node with these labels, and the data of the ConfigMap, nil for none.
func Observed(profiles []v1alpha1.FlowExportProfile, labels, flowsConfig map[string]string) v1alpha1.ObservedInputs {
	o := v1alpha1.ObservedInputs{FlowsConfig: hashOf(flowsConfig)}
	if profile := selectProfile(profiles, labels); profile != nil {
		o.ProfileUID, o.ProfileGeneration = string(profile.UID), profile.Generation
	}
	return o
}

// hashOf identifies the data of a ConfigMap; empty for none.
func hashOf(data map[string]string) string {
	if data == nil {
		return ""
	}
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(data)) {
		b.WriteString(strconv.Quote(key) + ":" + strconv.Quote(data[key]) + "\n")
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:8])
}
