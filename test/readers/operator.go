package readers

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sigs.k8s.io/yaml"
)

// Cluster is what the Cluster Network Operator reads.
type Cluster struct {
	// Type and ManagementState are those of the Network.operator.
	Type, ManagementState string
	// NetFlow, SFlow and IPFIX are the collectors of spec.exportNetworkFlows.
	NetFlow, SFlow, IPFIX []string
	// ConfigMap is the data of ovs-flows-config; nil if it does not exist.
	ConfigMap map[string]string
}

// Environment holds the variables of the container ovnkube-controller.
type Environment map[string]string

// Render returns the environment that the operator gives to ovnkube-node. Without one, ok is
// false: the operator leaves the DaemonSet as it is, or the cluster runs another network.
// It is an error if the rendered manifest is not YAML; the operator is Degraded then.
//
// Sources: pkg/controller/operconfig/operconfig_controller.go (Unmanaged), pkg/network/render.go
// (network type, in any case), pkg/network/ovn_kubernetes.go (renderOVNKubernetes, renderOVNFlowsConfig) and
// bindata/network/ovn-kubernetes/self-hosted/ovnkube-node.yaml.
func Render(c Cluster) (env Environment, ok bool, err error) {
	if c.ManagementState == "Unmanaged" || c.Type != "" && !strings.EqualFold(c.Type, "OVNKubernetes") {
		return nil, false, nil
	}
	values := map[string]string{
		"NETFLOW_COLLECTORS": strings.Join(c.NetFlow, ","),
		"SFLOW_COLLECTORS":   strings.Join(c.SFlow, ","),
		"IPFIX_COLLECTORS":   strings.Join(c.IPFIX, ","),
	}
	if flows := readConfigMap(c.ConfigMap); flows != nil && flows.target != "" {
		if values["IPFIX_COLLECTORS"] != "" {
			values["IPFIX_COLLECTORS"] += ","
		}
		values["IPFIX_COLLECTORS"] += flows.target
		values["IPFIX_CACHE_MAX_FLOWS"] = nonZero(flows.cacheMaxFlows)
		values["IPFIX_CACHE_ACTIVE_TIMEOUT"] = nonZero(flows.cacheActiveTimeout)
		values["IPFIX_SAMPLING"] = nonZero(flows.sampling)
	}
	env = Environment{}
	for name, value := range values {
		if value == "" {
			continue // the template leaves out what is empty or 0
		}
		var rendered struct {
			Value string `json:"value"`
		}
		if err := yaml.Unmarshal([]byte(`value: "`+value+`"`), &rendered); err != nil {
			return nil, false, fmt.Errorf("render %s: %w", name, err)
		}
		env[name] = rendered.Value
	}
	return env, true, nil
}

// flowsConfig is what bootstrapFlowsConfig reads from the ConfigMap; nil is a value that is
// missing or that it ignores.
type flowsConfig struct {
	target                                      string
	cacheActiveTimeout, cacheMaxFlows, sampling *uint64
}

func readConfigMap(data map[string]string) *flowsConfig {
	var f flowsConfig
	if target, ok := data["sharedTarget"]; ok {
		f.target = target
	} else if port, ok := data["nodePort"]; ok {
		f.target = ":" + port
	} else {
		return nil
	}
	if text, ok := data["cacheActiveTimeout"]; ok {
		if d, err := time.ParseDuration(text); err == nil {
			seconds := uint64(d.Seconds()) // on amd64, a negative number becomes a very large one
			f.cacheActiveTimeout = &seconds
		}
	}
	f.cacheMaxFlows = count(data, "cacheMaxFlows")
	f.sampling = count(data, "sampling")
	return &f
}

func count(data map[string]string, key string) *uint64 {
	n, err := strconv.ParseUint(data[key], 10, 32)
	if err != nil {
		return nil
	}
	return &n
}

func nonZero(n *uint64) string {
	if n == nil || *n == 0 {
		return ""
	}
	return strconv.FormatUint(*n, 10)
}
