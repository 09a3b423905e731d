package paths

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/fake"
	clienttesting "k8s.io/client-go/testing"

	"sluice/webhook/registration"
)

// configurations are webhook configurations in memory.
type configurations struct {
	list      []registration.Configuration
	unknown   bool
	published []string
	err       error
}

func (c *configurations) State() ([]registration.Configuration, bool) { return c.list, !c.unknown }
func (c *configurations) Subscribe() <-chan struct{}                  { return nil }

func (c *configurations) PublishPaths(_ context.Context, _ dynamic.Interface, path func(string) string) error {
	c.published = append(c.published, path(registration.Mutating))
	return c.err
}

// keeper returns a Keeper with a Secret and a clock that the test sets.
func keeper(t *testing.T, c *configurations, now *time.Time) (*Keeper, *fake.FakeDynamicClient) {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	client := fake.NewSimpleDynamicClient(scheme)
	k, err := NewKeeper(KeeperConfig{
		Config:   Config{Client: client, Namespace: "sluice-system", Secret: "paths", Registration: c, Now: func() time.Time { return *now }, Log: logr.Discard()},
		Lifetime: 24 * time.Hour, Random: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	return k, client
}

// keeps lets the Keeper look once, after its watch has read what is stored.
func keeps(t *testing.T, k *Keeper, client dynamic.Interface) Token {
	t.Helper()
	refresh := func() *unstructured.Unstructured {
		stored, err := client.Resource(secrets).Namespace("sluice-system").Get(t.Context(), "paths", metav1.GetOptions{})
		store := k.secret.GetStore()
		if apierrors.IsNotFound(err) {
			err = store.Replace(nil, "")
			stored = nil
		} else if err == nil {
			err = store.Replace([]any{stored}, "")
		}
		if err != nil {
			t.Fatal(err)
		}
		return stored
	}
	refresh()
	if err := k.keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	token, ok := read(refresh())
	if !ok {
		t.Fatal("the Secret has no token")
	}
	return token
}

func TestANewTokenIsPublishedAtOnceIfNothingIsCalled(t *testing.T) {
	c, now := &configurations{list: registered([]string{"", ""}, []string{""})}, morning
	k, client := keeper(t, c, &now)
	token := keeps(t, k, client)
	if len(c.published) != 0 {
		t.Errorf("published before it is stored: %v", c.published)
	}
	if again := keeps(t, k, client); again != token || len(c.published) != 1 || c.published[0] != token.Path(registration.Mutating) {
		t.Errorf("%v, then %v; published %v", token, again, c.published)
	}
}

func TestATokenSettlesWhileAnotherPathIsCalled(t *testing.T) {
	c, now := &configurations{list: registered([]string{"/mutate"}, []string{"/validate"})}, morning
	k, client := keeper(t, c, &now)
	first := keeps(t, k, client)
	keeps(t, k, client)
	now = now.Add(29 * time.Second)
	keeps(t, k, client)
	if c.published != nil {
		t.Errorf("published before the replicas had time to read it")
	}
	now = now.Add(time.Second)
	keeps(t, k, client)
	if len(c.published) != 1 {
		t.Fatalf("published %d times", len(c.published))
	}
	c.list = registered([]string{first.Path(registration.Mutating)}, []string{first.Path(registration.Validating)})

	// Somebody applies the manifests again: the replicas know the token.
	c.list = registered([]string{"/mutate"}, []string{first.Path(registration.Validating)})
	keeps(t, k, client)
	if len(c.published) != 2 {
		t.Error("the paths are not put back at once")
	}
	c.list = registered([]string{first.Path(registration.Mutating)}, []string{first.Path(registration.Validating)})

	now = now.Add(24 * time.Hour)
	second := keeps(t, k, client)
	if second.Value == first.Value {
		t.Fatal("an old token is not replaced")
	}
	published := len(c.published)
	keeps(t, k, client)
	if len(c.published) != published {
		t.Error("the second token is published before the replicas had time to read it")
	}
	now = now.Add(30 * time.Second)
	keeps(t, k, client)
	if last := c.published[len(c.published)-1]; last != second.Path(registration.Mutating) {
		t.Errorf("published %s", last)
	}
}

func TestADeletedOrBrokenSecretIsReplaced(t *testing.T) {
	c, now := &configurations{unknown: true}, morning
	k, client := keeper(t, c, &now)
	first := keeps(t, k, client)
	api := client.Resource(secrets).Namespace("sluice-system")
	if err := api.Delete(t.Context(), "paths", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	second := keeps(t, k, client)
	broken := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Secret", "metadata": map[string]any{"name": "paths", "namespace": "sluice-system"}, "data": map[string]any{"token": "YQ=="}}}
	if _, err := api.Update(t.Context(), broken, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	third := keeps(t, k, client)
	if first.Value == second.Value || second.Value == third.Value {
		t.Errorf("%v, %v, %v", first, second, third)
	}
	if c.published != nil {
		t.Error("published before the webhook configurations are read")
	}
}

func TestOtherProcessesMayBeFaster(t *testing.T) {
	c, now := &configurations{}, morning
	k, client := keeper(t, c, &now)
	client.PrependReactor("create", "secrets", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewAlreadyExists(secrets.GroupResource(), "paths")
	})
	if err := k.keep(t.Context()); err != nil {
		t.Error(err)
	}
	client.PrependReactor("create", "secrets", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, apierrors.NewForbidden(secrets.GroupResource(), "paths", errors.New("no right"))
	})
	if err := k.keep(t.Context()); err == nil || !strings.Contains(err.Error(), "store a token in Secret sluice-system/paths") {
		t.Errorf("without the right: %v", err)
	}
}
