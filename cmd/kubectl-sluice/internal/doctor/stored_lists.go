package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sluice/internal/kube"
	"sluice/validation"
)

// storedLists reviews what is stored. Nothing reviews an entry that was stored before the installation or while the
// webhook was switched off, until someone changes the object.
func (c Cluster) storedLists(ctx context.Context) Finding {
	f := Finding{ID: idStoredLists, State: OK, What: "stored lists"}
	options := c.reviewOptions(ctx)
	var details, bad, unusual, unread, do []string
	for _, o := range []struct {
		resource validation.Resource
		name     string
		read     func(context.Context) (*unstructured.Unstructured, error)
		edit     string
	}{
		{validation.Network, "Network.operator " + validation.ClusterName, c.Network, "kubectl edit network.operator " + validation.ClusterName},
		{
			validation.FlowsConfig, "ConfigMap " + validation.FlowsConfigName, c.FlowsConfig,
			fmt.Sprintf("kubectl -n %s edit configmap %s", validation.FlowsConfigNamespace, validation.FlowsConfigName),
		},
	} {
		u, err := o.read(ctx)
		if err != nil {
			unread = append(unread, err.Error())
			continue
		}
		if u == nil {
			continue
		}
		object, err := validation.FromMap(o.resource, u.Object)
		if err != nil {
			unread = append(unread, fmt.Sprintf("%s: %s", o.name, err))
			continue
		}
		verdict := validation.Review(validation.Input{Operation: validation.Create, Object: object, Options: options})
		details = append(details, o.name)
		for _, e := range verdict.Errors {
			bad, do = append(bad, entry(o.name, e)), append(do, o.edit)
		}
		for _, w := range verdict.Warnings {
			if w.Rewritten {
				unusual, do = append(unusual, entry(o.name, w)), append(do, o.edit)
			}
		}
	}
	switch {
	case len(details) == 0:
		f.Detail = "none"
	default:
		f.Detail = "well-formed: " + strings.Join(details, ", ")
	}
	switch {
	case len(bad) > 0:
		f.State = Bad
	case len(unread) > 0:
		f.State = Unknown
	case len(unusual) > 0:
		f.State = Warn
	default:
		return f
	}
	wrong := slices.Concat(bad, unread, unusual)
	f.Why, f.Do = strings.Join(wrong[:min(len(wrong), shownPolicies)], "; "), strings.Join(slices.Compact(do), "; ")
	if more := len(wrong) - shownPolicies; more > 0 {
		f.Why += fmt.Sprintf("; and %d more", more)
	}
	return f
}

// entry says what is wrong with a stored entry: where, what, and what to write.
func entry(object string, f validation.Finding) string {
	return object + ": " + f.Field + ": " + f.Text()
}

// reviewOptions are those of the webhook. While no replica publishes them, IPv6 collectors are no mistake: the Network CRD
// of the cluster accepted them.
func (c Cluster) reviewOptions(ctx context.Context) validation.Options {
	published, err := (&kube.Cluster{Reader: c.Reader}).WebhookOptions(ctx)
	if err != nil {
		return validation.Options{IPv6: true}
	}
	options, err := validation.ParseOptions(published.Normalization, published.IPFamilies)
	if err != nil {
		return validation.Options{IPv6: true}
	}
	options.RejectNonCanonical = false // a spelling that nodes can read is a warning here
	return options
}
