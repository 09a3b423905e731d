package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

// Verb is how an object is written.
type Verb uint8

// The verbs.
const (
	Apply      Verb = iota // a server-side apply, as by "kubectl apply --server-side --force-conflicts"
	Replace                // an update of the whole object, or its creation, as by "kubectl replace"
	MergePatch             // a JSON merge patch, as by "kubectl patch --type=merge"
)

// Write is a change of one object.
type Write struct {
	Verb            Verb
	Resource        schema.GroupVersionResource
	Namespace, Name string
	// Content is the object, or the patch.
	Content map[string]any
	// FieldManager owns the fields that Apply sets, and gives up those that it no longer sets.
	FieldManager string
}

// Answer is what the API server says of a change.
type Answer struct {
	// Refusal says why the change is refused; nil if it is accepted.
	Refusal  *metav1.Status
	Warnings []string
	// Object is what would be stored; nil if the change is refused.
	Object *unstructured.Unstructured
}

// DryRun sends a change with dryRun=All: authorization, admission and validation run, and nothing
// is stored. An error says that the API server gave no verdict.
func (c *Cluster) DryRun(ctx context.Context, w Write) (Answer, error) {
	var heard warnings
	ctx = context.WithValue(ctx, warningsKey{}, &heard)
	object, err := c.send(ctx, w)
	answer := Answer{Warnings: heard.all()}
	if err == nil {
		answer.Object = object
		return answer, nil
	}
	refusal, ok := errors.AsType[*apierrors.StatusError](err)
	if !ok {
		return answer, fmt.Errorf("dry run: %w", err)
	}
	status := refusal.Status()
	switch status.Code {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		answer.Refusal = &status
		return answer, nil
	}
	return answer, fmt.Errorf("dry run: %w", err)
}

func (c *Cluster) send(ctx context.Context, w Write) (*unstructured.Unstructured, error) {
	var client dynamic.ResourceInterface = c.Client.Resource(w.Resource)
	if w.Namespace != "" {
		client = c.Client.Resource(w.Resource).Namespace(w.Namespace)
	}
	dryRun := []string{metav1.DryRunAll}
	if w.Verb == Replace {
		return replace(ctx, client, w, dryRun)
	}
	body, err := json.Marshal(w.Content)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", w.Name, err)
	}
	kind, options := types.MergePatchType, metav1.PatchOptions{DryRun: dryRun, FieldManager: w.FieldManager}
	if w.Verb == Apply {
		force := true
		kind, options.Force, options.FieldValidation = types.ApplyPatchType, &force, metav1.FieldValidationStrict
	}
	return client.Patch(ctx, w.Name, kind, body, options)
}

// replace updates the object that is stored, or creates it.
func replace(ctx context.Context, client dynamic.ResourceInterface, w Write, dryRun []string) (*unstructured.Unstructured, error) {
	u := &unstructured.Unstructured{Object: w.Content}
	stored, err := client.Get(ctx, w.Name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return client.Create(ctx, u, metav1.CreateOptions{DryRun: dryRun, FieldManager: w.FieldManager, FieldValidation: metav1.FieldValidationStrict})
	case err != nil:
		return nil, err
	}
	u.SetResourceVersion(stored.GetResourceVersion())
	return client.Update(ctx, u, metav1.UpdateOptions{DryRun: dryRun, FieldManager: w.FieldManager, FieldValidation: metav1.FieldValidationStrict})
}

// warnings collects the warnings of one request.
type warnings struct {
	mutex sync.Mutex
	list  []string
}

func (w *warnings) all() []string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.list
}

type warningsKey struct{}

// warningCollector gives each warning to the request that it belongs to, and drops those of
// requests that collect none.
type warningCollector struct{}

// HandleWarningHeaderWithContext implements rest.WarningHandlerWithContext.
func (warningCollector) HandleWarningHeaderWithContext(ctx context.Context, code int, _, text string) {
	const miscellaneous = 299 // RFC 7234, as the API server sends them
	heard, ok := ctx.Value(warningsKey{}).(*warnings)
	if !ok || code != miscellaneous || text == "" {
		return
	}
	heard.mutex.Lock()
	defer heard.mutex.Unlock()
	heard.list = append(heard.list, text)
}
