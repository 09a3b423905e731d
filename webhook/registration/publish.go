package registration

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

// FieldManager is the field manager of the bundles in managedFields.
const FieldManager = "sluice-webhook"

// operation is one of a JSON patch (RFC 6902).
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// Publish makes the API servers trust an authority in addition to those that they trust
// already. It writes only bundles, only what is missing, and nothing where an annotation makes
// another controller write them. Replicas may publish at the same time: a write that is based
// on an older state is skipped, and the watch brings the newer state.
func (w *Watch) Publish(ctx context.Context, client dynamic.Interface, required *x509.Certificate) error {
	list, _ := w.State()
	var problems []error
	for _, c := range list {
		patch := bundlePatch(c, required)
		if patch == nil || c.Injector != "" {
			continue
		}
		body, err := json.Marshal(patch)
		if err != nil {
			return fmt.Errorf("encode the patch of a caBundle: %w", err)
		}
		_, err = client.Resource(Resource(c.Kind)).Patch(ctx, Name, types.JSONPatchType, body, metav1.PatchOptions{FieldManager: FieldManager})
		if outdated(err) && w.outdatedFirst(c, "caBundle") {
			continue
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("publish the certificate authority in %s %s: %w", c.Kind, Name, err))
			continue
		}
		w.log.Info("certificate authority published in the webhook configuration", "kind", c.Kind)
	}
	return errors.Join(problems...)
}

// outdated reports whether an error answers a patch of a state that is not the newest.
func outdated(err error) bool {
	return apierrors.IsNotFound(err) || apierrors.IsConflict(err) || apierrors.IsInvalid(err)
}

// outdatedFirst reports whether a state was not called outdated before, for a patch of a field. If
// the same state is outdated again while no newer one arrives, the patch is refused for another
// reason.
func (w *Watch) outdatedFirst(c Configuration, field string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	key := c.Kind + " " + field
	if w.outdated[key] == c.ResourceVersion {
		return false
	}
	w.outdated[key] = c.ResourceVersion
	return true
}

// bundlePatch adds an authority to the bundles that lack it; nil if none does.
func bundlePatch(c Configuration, required *x509.Certificate) []operation {
	var list []operation
	for i, h := range c.Webhooks {
		bundle := MergeCABundle(h.ClientConfig.CABundle, required)
		if bytes.Equal(bundle, h.ClientConfig.CABundle) {
			continue
		}
		list = append(list, operation{"add", fmt.Sprintf("/webhooks/%d/clientConfig/caBundle", i), bundle})
	}
	if list == nil {
		return nil
	}
	return append([]operation{{"test", "/metadata/resourceVersion", c.ResourceVersion}}, list...)
}
