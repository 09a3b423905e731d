package managed

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"net"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"sluice/internal/informer"
)

var secrets = schema.GroupVersionResource{Version: "v1", Resource: "secrets"} //nolint:gochecknoglobals // a constant

// secretWatch watches the Secret with the authority.
type secretWatch struct{ *informer.Informer }

func watchSecret(client dynamic.Interface, namespace, name string, log logr.Logger, options []informer.Option) (secretWatch, error) {
	i, err := informer.New(client.Resource(secrets).Namespace(namespace), name, secrets.Resource, log, options...)
	return secretWatch{i}, err
}

// follow watches until ctx ends, and calls changed after each change.
func (s secretWatch) follow(ctx context.Context, changed func()) {
	go s.RunWithContext(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.Changes():
			changed()
		}
	}
}

// current returns the authority in the Secret with its key; false if it does not exist.
func (s secretWatch) current() (tls.Certificate, bool) {
	if u := s.Object(); u != nil {
		return pair(u.Object)
	}
	return tls.Certificate{}, false
}

// pair returns the authority in a Secret; false if it has no valid one.
func pair(secret map[string]any) (tls.Certificate, bool) {
	var parts [2][]byte
	for i, key := range []string{"tls.crt", "tls.key"} {
		text, _, err := unstructured.NestedString(secret, "data", key)
		if err != nil {
			return tls.Certificate{}, false
		}
		if parts[i], err = base64.StdEncoding.DecodeString(text); err != nil {
			return tls.Certificate{}, false
		}
	}
	ca, err := tls.X509KeyPair(parts[0], parts[1])
	if err != nil || !ca.Leaf.IsCA {
		return tls.Certificate{}, false
	}
	return ca, true
}

// split sorts hosts into DNS names and IP addresses.
func split(hosts []string) (names []string, addresses []net.IP) {
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			addresses = append(addresses, ip)
		} else {
			names = append(names, h)
		}
	}
	return names, addresses
}
