package registration

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

// FieldManager is who writes the bundles, for managedFields.
const FieldManager = "sluice-webhook"

// operation is one of a JSON patch (RFC 6902).
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// Publish makes the API servers trust authorities, beside those of Sluice's own that they
// trust and that are valid still. It writes only what is missing, and nothing but bundles.
// Replicas may publish at the same time: a write that is based on an older state is left
// out, and the watch brings the newer one.
func (w *Watch) Publish(ctx context.Context, client dynamic.Interface, required []*x509.Certificate, now time.Time) error {
	list, _ := w.State()
	var problems []error
	for _, c := range list {
		patch := bundlePatch(c, required, now)
		if patch == nil {
			continue
		}
		body, err := json.Marshal(patch)
		if err != nil {
			return fmt.Errorf("build the patch of a bundle: %w", err)
		}
		_, err = client.Resource(Resource(c.Kind)).Patch(ctx, Name, types.JSONPatchType, body, metav1.PatchOptions{FieldManager: FieldManager})
		// Both say that the state is not the newest.
		if apierrors.IsNotFound(err) || apierrors.IsConflict(err) || apierrors.IsInvalid(err) {
			continue
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("write the certificate authority into %s %s: %w", c.Kind, Name, err))
			continue
		}
		w.log.Info("certificate authorities written into the registration", "kind", c.Kind)
	}
	return errors.Join(problems...)
}

// bundlePatch changes the bundles that lack an authority; nil if none does.
func bundlePatch(c Configuration, required []*x509.Certificate, now time.Time) []operation {
	var list []operation
	for i, h := range c.Hooks {
		bundle := Union(h.ClientConfig.CABundle, required, now)
		if bytes.Equal(bundle, h.ClientConfig.CABundle) || len(bundle) == 0 {
			continue
		}
		list = append(list, operation{"add", fmt.Sprintf("/webhooks/%d/clientConfig/caBundle", i), bundle})
	}
	if list == nil {
		return nil
	}
	return append([]operation{{"test", "/metadata/resourceVersion", c.ResourceVersion}}, list...)
}
