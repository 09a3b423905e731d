package registration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/utils/ptr"
)

// FixedPath is the path of a kind's webhooks that needs no secret: it says which phase a review is
// of.
func FixedPath(kind string) string {
	if kind == Mutating {
		return "/mutate"
	}
	return "/validate"
}

// PathOf returns the path that API servers call; "/" if the configuration names none.
func PathOf(c admissionregistrationv1.WebhookClientConfig) string {
	if c.Service != nil {
		return ptr.Deref(c.Service.Path, "/")
	}
	u, err := url.Parse(ptr.Deref(c.URL, ""))
	if err != nil || u.Path == "" {
		return "/"
	}
	return u.Path
}

// PublishPaths makes API servers call other paths; path returns that of a kind. It writes only the
// paths of webhooks that call Sluice, and only those that differ. Like Publish, it may run in
// several processes.
func (w *Watch) PublishPaths(ctx context.Context, client dynamic.Interface, path func(kind string) string) error {
	list, _ := w.State()
	var problems []error
	for _, c := range list {
		patch, err := pathPatch(c, path(c.Kind))
		if err != nil {
			return err
		}
		if patch == nil {
			continue
		}
		body, err := json.Marshal(patch)
		if err != nil {
			return fmt.Errorf("encode the patch of a path: %w", err)
		}
		_, err = client.Resource(Resource(c.Kind)).Patch(ctx, Name, types.JSONPatchType, body, metav1.PatchOptions{FieldManager: FieldManager})
		if outdated(err) && w.outdatedFirst(c, "path") {
			continue
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("write the path of reviews into %s %s: %w", c.Kind, Name, err))
			continue
		}
		w.log.Info("path of reviews written into the webhook configuration", "kind", c.Kind)
	}
	return errors.Join(problems...)
}

// pathPatch changes the paths that differ; nil if none does.
func pathPatch(c Configuration, path string) ([]operation, error) {
	var list []operation
	for i, h := range c.Webhooks {
		if PathOf(h.ClientConfig) == path || !callsSluice(h.ClientConfig) {
			continue
		}
		if h.ClientConfig.Service != nil {
			list = append(list, operation{"add", fmt.Sprintf("/webhooks/%d/clientConfig/service/path", i), path})
			continue
		}
		u, err := url.Parse(*h.ClientConfig.URL)
		if err != nil {
			return nil, fmt.Errorf("read the URL of %s: %w", h.Name, err)
		}
		u.Path, u.RawPath = path, ""
		list = append(list, operation{"replace", fmt.Sprintf("/webhooks/%d/clientConfig/url", i), u.String()})
	}
	if list == nil {
		return nil, nil
	}
	return append([]operation{{"test", "/metadata/resourceVersion", c.ResourceVersion}}, list...), nil
}
