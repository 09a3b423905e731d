package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"sluice/api/v1alpha1"
)

// newClient makes a client. Tests prepare and observe with it, and leave kubectl to
// what they show: each call of kubectl takes a fifth of a second of a core.
func newClient(config *rest.Config) (client.WithWatch, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(v1alpha1.AddToScheme(scheme), corev1.AddToScheme(scheme), coordinationv1.AddToScheme(scheme), admissionregistrationv1.AddToScheme(scheme)); err != nil {
		return nil, fmt.Errorf("make a client: %w", err)
	}
	config = rest.CopyConfig(config)
	config.QPS = -1 // no limit
	c, err := client.NewWithWatch(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("make a client: %w", err)
	}
	return c, nil
}

// ClientAs makes the client of a user.
func (c *ControlPlane) ClientAs(user string) (client.WithWatch, error) { return newClient(c.As(user)) }

// ApplyObjects applies all objects of a manifest on the server, as the administrator, and takes over fields of
// others.
func (c *ControlPlane) ApplyObjects(ctx context.Context, manifest string) error {
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(manifest), 4096)
	for {
		var o unstructured.Unstructured
		if err := decoder.Decode(&o.Object); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read manifest: %w", err)
		}
		if len(o.Object) == 0 {
			continue // comments only
		}
		if err := c.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(&o), client.FieldOwner("kubectl"), client.ForceOwnership); err != nil {
			return fmt.Errorf("apply %s %s: %w", o.GetKind(), o.GetName(), err)
		}
	}
}

// networkObject is the object whose lists are guarded.
func networkObject() *unstructured.Unstructured {
	o := &unstructured.Unstructured{}
	o.SetAPIVersion("operator.openshift.io/v1")
	o.SetKind("Network")
	o.SetName("cluster")
	return o
}

// PatchNetwork merges a JSON patch into the Network and returns the generation.
func (c *ControlPlane) PatchNetwork(ctx context.Context, patch string) (int64, error) {
	o := networkObject()
	if err := c.Client.Patch(ctx, o, client.RawPatch(types.MergePatchType, []byte(patch))); err != nil {
		return 0, fmt.Errorf("patch the Network: %w", err)
	}
	return o.GetGeneration(), nil
}

// NetworkGeneration reads the generation of the Network.
func (c *ControlPlane) NetworkGeneration(ctx context.Context) (int64, error) {
	o := networkObject()
	if err := c.Client.Get(ctx, client.ObjectKeyFromObject(o), o); err != nil {
		return 0, fmt.Errorf("read the Network: %w", err)
	}
	return o.GetGeneration(), nil
}

// Report reads a node's report; nil if there is none.
func (c *ControlPlane) Report(ctx context.Context, node string) (*v1alpha1.NodeFlowExport, error) {
	var n v1alpha1.NodeFlowExport
	if err := c.Client.Get(ctx, client.ObjectKey{Name: node}, &n); apierrors.IsNotFound(err) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("read the report: %w", err)
	}
	return &n, nil
}

// boundToken asks for a token of a service account for some hours, bound to a pod unless it is "".
func (c *ControlPlane) boundToken(ctx context.Context, namespace, account, pod string) (string, error) {
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: new(int64(6 * 3600))}}
	if pod != "" {
		request.Spec.BoundObjectRef = &authenticationv1.BoundObjectReference{Kind: "Pod", APIVersion: "v1", Name: pod}
	}
	owner := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: account}}
	if err := c.Client.SubResource("token").Create(ctx, owner, request); err != nil {
		return "", fmt.Errorf("ask for a token of %s: %w", account, err)
	}
	return request.Status.Token, nil
}
