package doctor

import (
	"fmt"
	"strconv"
	"strings"
)

// oldestMinor is the minor version of the oldest supported release of Kubernetes 1.
const oldestMinor = 30

// supported checks the version of the API server.
func (c Cluster) supported() Finding {
	f := Finding{ID: idKubernetes, State: OK, What: "version of Kubernetes"}
	info, err := c.Version()
	if err != nil {
		return f.unknown(err)
	}
	// Some providers add a plus sign.
	minor, err := strconv.Atoi(strings.TrimRight(info.Minor, "+"))
	if err != nil {
		return f.unknown(fmt.Errorf("read the version %q of the API server: %w", info.GitVersion, err))
	}
	f.Detail = info.GitVersion
	if info.Major == "1" && minor < oldestMinor {
		f.State = Bad
		f.Why = fmt.Sprintf("Kubernetes %s is not supported: it serves no ValidatingAdmissionPolicies (admissionregistration.k8s.io/v1), so that removals are not checked while the webhook does not answer, and its tokens do not contain the name of the node, so that an agent can report for other nodes", info.GitVersion)
		f.Do = "update the cluster, to OpenShift 4.17 or Kubernetes 1.30 at least; or uninstall Sluice"
	}
	return f
}
