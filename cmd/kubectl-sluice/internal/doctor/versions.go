package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"sluice/api/v1alpha1"
)

// versions compares the versions of the programs: a webhook, a controller and agents of different releases may
// disagree about what the lists mean.
func (c Cluster) versions(ctx context.Context) Finding {
	f := Finding{ID: idVersions, State: OK, What: "versions of the programs"}
	parts := []string{"plugin " + c.Plugin}
	seen, known := map[string]bool{}, 0
	if release(c.Plugin) {
		seen[c.Plugin] = true
		known++
	}
	for _, namespace := range []string{webhookNamespace, v1alpha1.AgentNamespace} {
		for _, resource := range []string{"deployments", "daemonsets"} {
			list, err := c.Client.Resource(schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: resource}).Namespace(namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
			if err != nil {
				return f.unknown(err)
			}
			for i := range list.Items {
				tag := imageTag(&list.Items[i])
				parts = append(parts, list.Items[i].GetName()+" "+tag)
				if release(tag) {
					seen[tag] = true
					known++
				}
			}
		}
	}
	all, rest := strings.Join(parts, ", "), len(parts)-known
	f.Detail = all
	switch {
	case len(seen) > 1:
		f.State, f.Why = Warn, "they differ: "+all
		f.Do = "update the older ones: see docs/install/README.md, section Update"
	case len(parts) == 1:
		f.Detail = all + "; no other program is installed"
	case known < 2: // a warning, because an installation by digest is a valid one
		f.State, f.Why = Warn, fmt.Sprintf("%d of %d can't be compared, because they do not name a release: %s", rest, len(parts), all)
		f.Do = "compare the digests of the images: kubectl get deployments,daemonsets -A -l " + selector + " -o wide"
	case rest > 0:
		f.Detail = fmt.Sprintf("%s; %d of %d can't be compared", all, rest, len(parts))
	}
	return f
}

// release reports whether a text is the version of a release.
func release(version string) bool {
	rest, ok := strings.CutPrefix(version, "v")
	return ok && rest != "" && rest[0] >= '0' && rest[0] <= '9'
}

// imageTag is the tag of the first container's image, or says that it has none.
func imageTag(u *unstructured.Unstructured) string {
	containers, _, _ := unstructured.NestedSlice(u.Object, "spec", "template", "spec", "containers")
	i := slices.IndexFunc(containers, func(c any) bool { _, ok := c.(map[string]any); return ok })
	if i < 0 {
		return "without a container"
	}
	image, _, _ := unstructured.NestedString(containers[i].(map[string]any), "image")
	name, digest, byDigest := strings.Cut(image, "@")
	if tag := name[strings.LastIndex(name, "/")+1:]; strings.Contains(tag, ":") {
		_, tag, _ = strings.Cut(tag, ":")
		return tag
	}
	if byDigest {
		return "by digest " + digest[:min(len(digest), len("sha256:")+12)]
	}
	return fmt.Sprintf("by the name %s", image)
}
