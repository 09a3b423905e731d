package main

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// release is what is different in each release.
type release struct{ version, webhook, agent string }

//go:embed description.md
var description string

//go:embed examples.json
var examples string

// place sets the images of the workloads. Without an image, that of the overlay stays.
func (r *release) place(p parts) {
	for _, o := range append(append([]object{}, p.deployments...), p.cluster...) {
		containers, found, _ := unstructured.NestedSlice(o.Object, "spec", "template", "spec", "containers")
		if !found {
			continue
		}
		image := &r.agent
		if o.GetNamespace() == namespace {
			image = &r.webhook
		}
		for _, c := range containers {
			container, _ := c.(map[string]any)
			if *image == "" {
				*image, _ = container["image"].(string)
			}
			container["image"] = *image
		}
		unstructured.SetNestedSlice(o.Object, containers, "spec", "template", "spec", "containers") //nolint:errcheck // the path was read above
	}
}

// csv returns the ClusterServiceVersion.
func (r release) csv(p parts) (map[string]any, error) {
	if len(p.deployments) == 0 || len(p.crds) == 0 {
		return nil, errors.New("the overlay has no Deployment or no CRDs")
	}
	var deployments, owned, permissions []any
	for _, a := range p.accounts {
		if len(a.rules) == 0 {
			return nil, fmt.Errorf("the account %s has no rights", a.name)
		}
		permissions = append(permissions, map[string]any{"serviceAccountName": a.name, "rules": a.rules})
	}
	for _, d := range p.deployments {
		deployments = append(deployments, map[string]any{"name": d.GetName(), "label": d.GetLabels(), "spec": d.Object["spec"]})
	}
	for _, crd := range p.crds {
		description, err := ownedCRD(crd)
		if err != nil {
			return nil, err
		}
		owned = append(owned, description)
	}
	annotations, err := r.annotations(p)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"apiVersion": "operators.coreos.com/v1alpha1",
		"kind":       "ClusterServiceVersion",
		"metadata": map[string]any{
			"name":        "sluice.v" + r.version,
			"annotations": annotations,
		},
		"spec": map[string]any{
			"displayName":               "Sluice",
			"description":               description,
			"version":                   r.version,
			"maturity":                  "alpha",
			"minKubeVersion":            "1.30.0",
			"keywords":                  []any{"network", "netflow", "sflow", "ipfix", "ovn-kubernetes"},
			"provider":                  map[string]any{"name": "Sluice authors"},
			"customresourcedefinitions": map[string]any{"owned": owned},
			"installModes":              installModes(),
			"relatedImages": []any{
				map[string]any{"name": "webhook", "image": r.webhook},
				map[string]any{"name": "agent", "image": r.agent},
			},
			"install": map[string]any{
				"strategy": "deployment",
				"spec": map[string]any{
					"deployments":        deployments,
					"clusterPermissions": permissions,
				},
			},
		},
	}, nil
}

func (r release) annotations(p parts) (map[string]any, error) {
	i := slices.IndexFunc(p.cluster, func(o object) bool { return o.GetKind() == "Namespace" && o.GetName() == namespace })
	if i < 0 {
		return nil, errors.New("the overlay has no Namespace " + namespace)
	}
	template, err := p.cluster[i].MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("write the namespace: %w", err)
	}
	annotations := map[string]any{
		"alm-examples":   examples,
		"capabilities":   "Basic Install",
		"categories":     "Networking",
		"containerImage": r.webhook,
		"description":    "Checks and applies the lists of flow collectors in Network.operator.",
		"support":        "Sluice authors",
		// Without an edge in the graph of the channel, installed operators are not updated.
		"olm.skipRange": "<" + r.version,
		// The console creates this namespace. Sluice works in no other.
		"operatorframework.io/suggested-namespace":          namespace,
		"operatorframework.io/suggested-namespace-template": strings.TrimSpace(string(template)),
	}
	for feature, has := range features() {
		annotations["features.operators.openshift.io/"+feature] = strconv.FormatBool(has)
	}
	return annotations, nil
}

// features are what OpenShift's catalog shows. All images are named by fields of the bundle, and
// nothing but the API server is called. The programs use Go's cryptography, which this build does not
// restrict to FIPS 140.
func features() map[string]bool {
	return map[string]bool{
		"disconnected": true, "fips-compliant": false, "proxy-aware": false, "tls-profiles": false,
		"token-auth-aws": false, "token-auth-azure": false, "token-auth-gcp": false,
		"cnf": false, "cni": false, "csi": false,
	}
}

// installModes are the supported modes. A cluster has one Network, so Sluice serves all namespaces.
func installModes() []any {
	var list []any
	for _, mode := range []string{"OwnNamespace", "SingleNamespace", "MultiNamespace", "AllNamespaces"} {
		list = append(list, map[string]any{"type": mode, "supported": mode == "AllNamespaces"})
	}
	return list
}

// ownedCRD describes a CRD with the description in its schema.
func ownedCRD(crd object) (map[string]any, error) {
	kind, _, _ := unstructured.NestedString(crd.Object, "spec", "names", "kind")
	versions, _, _ := unstructured.NestedSlice(crd.Object, "spec", "versions")
	if len(versions) != 1 {
		return nil, fmt.Errorf("%s has %d versions; change this function to select one", crd.GetName(), len(versions))
	}
	version, _ := versions[0].(map[string]any)
	text, _, _ := unstructured.NestedString(version, "schema", "openAPIV3Schema", "description")
	return map[string]any{
		"name":        crd.GetName(),
		"version":     version["name"],
		"kind":        kind,
		"displayName": strings.TrimSpace(regexp.MustCompile(`[A-Z][a-z]+`).ReplaceAllString(kind, "$0 ")),
		"description": strings.Join(strings.Fields(text), " "),
	}, nil
}
